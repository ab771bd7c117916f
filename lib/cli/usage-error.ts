/** The person who typed the command can put it right: the message says how. */
export class UsageError extends Error {}
