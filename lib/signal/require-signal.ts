/** @throws TypeError that names the option */
export function requireSignal(value: unknown, option: string): void {
  for (const method of ['issued', 'decided', 'timeLeft', 'watch']) {
    if (typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function') continue;
    throw new TypeError(`${option} must be a DecisionSignal, such as decisionSignal() returns: it has no ${method}()`);
  }
}
