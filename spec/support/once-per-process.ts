/** Kept by environment.js. */
const made: Map<string, Promise<unknown>> = Reflect.get(globalThis, Symbol.for('made once per process'));

/** What is dear to make, such as an RSA key, and the same for all suites of a process. */
export function oncePerProcess<T>(name: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known as Promise<T>;
}
