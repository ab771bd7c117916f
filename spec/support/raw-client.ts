import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deferred } from './deferred.js';

/** An HTTP answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  /** Names in lower case; a repeated header is an array, so that none goes unseen. */
  headers: Record<string, string | string[]>;
  body: string;
}

/** A client that writes bytes, and reads answers that have a Content-Length. */
export interface RawClient {
  readonly socket: Socket;
  write(text: string | Buffer): void;
  /** The next answer; rejects when the connection ends before it is complete. */
  answer(): Promise<RawAnswer>;
  /** Resolves when the server has closed the connection. */
  closed(): Promise<void>;
  /** Leaves without a word. */
  leave(): void;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let received = Buffer.alloc(0);
  let ended = false;
  let change = deferred();
  function changed(): void {
    change.resolve();
    change = deferred();
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    changed();
  });
  socket.on('close', () => {
    ended = true;
    changed();
  });
  await once(socket, 'connect');
  // What the server cuts off while we write is no failure of a spec.
  socket.on('error', () => {});

  return {
    socket,
    write(text) {
      socket.write(text);
    },
    async answer() {
      for (;;) {
        const parsed = parse(received);
        if (parsed) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (ended) throw new Error(`the connection ended; so far: ${received.toString('latin1')}`);
        await change.promise;
      }
    },
    async closed() {
      while (!ended) await change.promise;
    },
    leave() {
      socket.destroy();
    },
  };
}

function parse(bytes: Buffer): { answer: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers: RawAnswer['headers'] = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? [headers[name] as string, value].flat() : value;
  }
  const status = Number(first.split(' ')[1]);
  const length = end + 4 + (status < 200 ? 0 : Number(headers['content-length']));
  if (bytes.length < length) return undefined;
  return { answer: { status, headers, body: bytes.subarray(end + 4, length).toString() }, length };
}

/** The text of a POST, with what every such request needs. */
export function rawPost(body: string, headers: Record<string, string> = {}): string {
  const all = {
    Host: 'as.example.com',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  return `POST / HTTP/1.1\r\n${headerLines(all)}\r\n${body}`;
}

export function headerLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
