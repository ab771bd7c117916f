import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut as a failover cuts it: nothing arrives any more, and nobody is told. */
export interface SilentProxy {
  readonly url: string;
  /** What is connected stays so, and hears nothing again; what connects next is let through. */
  silence(): void;
  close(): void;
}

export async function startSilentProxy(server: string): Promise<SilentProxy> {
  const target = new URL(server);
  const pairs = new Set<[Socket, Socket]>();
  const proxy = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    pairs.add([near, far]);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(server);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe();
        far.unpipe();
      }
    },
    close() {
      for (const [near] of pairs) near.destroy();
      proxy.close();
    },
  };
}
