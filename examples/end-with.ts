/** Ends an example that cannot start. Prints a sentence if the port is taken, and the stack of any other error. */
export function endWith(error: NodeJS.ErrnoException & { port?: number }, command: string): never {
  const { code, port = 0 } = error;
  console.error(code === 'EADDRINUSE' ? `Port ${port} is taken. Try another one: PORT=${port + 1} ${command}` : error);
  process.exit(1);
}
