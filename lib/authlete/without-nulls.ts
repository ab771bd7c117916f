/** The same members; those without a value are absent. */
export type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

/**
 * Copies Authlete's answer and leaves out the members without a value. Authlete either omits these or sends `null`; hosts
 * have to handle only absent members.
 *
 * @param leftOut names that are not copied
 */
export function withoutNulls<T extends object>(answer: T, leftOut?: ReadonlySet<string>): WithoutNulls<T> {
  const members: WithoutNulls<T> = {};
  for (const name of Object.keys(answer) as (string & keyof T)[]) {
    const value = answer[name];
    if (value !== null && value !== undefined && !leftOut?.has(name)) members[name] = value;
  }
  return members;
}
