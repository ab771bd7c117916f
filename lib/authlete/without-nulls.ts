/** Members that are absent where they have no value. */
export type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

/**
 * A copy of Authlete's answer, which has `null` or no member where there is no value: hosts need to know only one way.
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
