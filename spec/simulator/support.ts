import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Transaction } from 'ciba-backchannel';

/** A transaction as `cibaBackchannel` makes it. */
export function transaction(
  changes: Omit<Partial<Transaction>, 'request'> & { request?: Partial<Transaction['request']> } = {},
): Transaction {
  return {
    id: 'an-id',
    handle: 'a-handle',
    subject: 'alice',
    user: { subject: 'alice' },
    authReqId: 'id-1',
    expiresAt: new Date(Date.now() + 60_000),
    signal: new AbortController().signal,
    ...changes,
    request: {
      clientId: '123',
      clientName: 'Bank teller',
      hintType: 'LOGIN_HINT',
      hint: 'a secret hint',
      scopes: [{ name: 'openid' }],
      deliveryMode: 'POLL',
      ...changes.request,
    },
  };
}

export interface Listening {
  url: string;
  server: Server;
  close(): Promise<void>;
}

export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the specs look into what the page is told
type Data = any;

/** The page's end of the stream of events. */
export interface EventReader {
  /** The next event of this name that fits. */
  next(name: string, fits?: (data: Data) => boolean): Promise<Data>;
  close(): void;
}

export function openEvents(url: string): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const req = get(url, (res) => {
      const seen: { name: string; data: Data }[] = [];
      let wake = () => {};
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
          if (name !== undefined && data !== undefined) seen.push({ name, data: JSON.parse(data) });
        }
        wake();
      });
      res.on('error', () => {});
      resolve({
        async next(name, fits = () => true) {
          for (;;) {
            const index = seen.findIndex((event) => event.name === name && fits(event.data));
            if (index !== -1) return seen.splice(0, index + 1).at(-1)?.data;
            await new Promise<void>((woken) => {
              wake = woken;
            });
          }
        },
        close: () => req.destroy(),
      });
    });
    req.on('error', reject);
  });
}
