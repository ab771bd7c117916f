/** No claim needs more, and `JSON.stringify` fails on what is nested thousands deep. */
const maxDepth = 32;

/** Whether arrays and objects of a parsed JSON value are nested more than 32 deep. */
export function isTooDeep(value: unknown, levels = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) if (isTooDeep(member, levels - 1)) return true;
  return false;
}
