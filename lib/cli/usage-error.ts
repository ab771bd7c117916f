/** A mistake in the command: the message says how to correct it. */
export class UsageError extends Error {}
