/** No client needs more, and what is nested thousands deep makes `JSON.stringify` fail. */
export const deepest = 32;

/** Whether arrays and objects of a parsed JSON value are nested deeper than that. */
export function isTooDeep(value: unknown, levels = deepest): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) if (isTooDeep(member, levels - 1)) return true;
  return false;
}
