/**
 * Gives the values of the requested claims, when the decision is `authorized()` without `claims`. It is not asked when
 * the client requested none. Names that were not requested are not sent.
 *
 * @param user what `identifyUser` gave, or `{ subject }` alone when a handle completes
 * @param names the requested claims, some perhaps with a language tag (`family_name#ja`)
 */
export type ClaimsHook<U extends { subject: string }> = (
  user: Partial<U> & { subject: string },
  names: string[],
) => Claims | PromiseLike<Claims>;

type Claims = Record<string, unknown> | null | undefined;
