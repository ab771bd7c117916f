const units: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2 };

/**
 * Checks the `bodyLimit` option.
 *
 * @param limit bytes, or a text such as `'64kb'`
 * @returns bytes
 */
export function parseBodyLimit(limit: number | string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(b|kb|mb)$/i.exec(String(limit)) ?? [];
  const bytes = amount && unit ? Math.floor(Number(amount) * (units[unit.toLowerCase()] as number)) : limit;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new TypeError("bodyLimit must be a number of bytes, or a text such as '64kb'");
  }
  return bytes;
}
