/** Ends an example that cannot start: a port that is taken is a sentence, anything else a fault that needs its stack. */
export function endWith(error: NodeJS.ErrnoException & { port?: number }, command: string): never {
  const { code, port = 0 } = error;
  console.error(code === 'EADDRINUSE' ? `Port ${port} is taken. Try another one: PORT=${port + 1} ${command}` : error);
  process.exit(1);
}
