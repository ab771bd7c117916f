import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What to call when a connection closes that responses wait for: one listener for all of them. */
const queues = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back when the response is closed, or its connection is.
 *
 * A client may send its next request before it has the answer to the one before (RFC 9112, section 9.3.2), and Node does
 * not tell a response that waits for its turn that the connection is gone.
 *
 * @returns what ends it
 */
export function onClose(res: ServerResponse, listener: () => void): () => void {
  const queue = waitsForItsTurn(res) ? queueOf(res.req.socket) : undefined;
  queue?.add(listener);
  res.on('close', listener);
  return () => {
    queue?.delete(listener);
    res.off('close', listener);
  };
}

/** Whether nobody can be sent the response any more. */
export function isClosed(res: ServerResponse): boolean {
  return res.destroyed || (waitsForItsTurn(res) && res.req.socket.destroyed);
}

function waitsForItsTurn(res: ServerResponse): boolean {
  return res.socket === null && !res.writableFinished;
}

function queueOf(socket: Socket): Set<() => void> {
  const known = queues.get(socket);
  if (known) return known;
  const queue = new Set<() => void>();
  queues.set(socket, queue);
  socket.once('close', () => {
    for (const listener of [...queue]) listener();
  });
  return queue;
}
