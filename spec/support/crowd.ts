import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const clients = `
const { connect } = require('node:net');
const { parentPort, workerData: { port, count, request, written } } = require('node:worker_threads');
const statuses = [];
for (let i = 0; i < count; i += 1) {
  let answer = '';
  connect(port, '127.0.0.1')
    .on('data', (chunk) => (answer += chunk))
    .on('error', () => {})
    .on('close', () => {
      statuses.push(Number(answer.slice(9, 12)));
      if (statuses.length === count) parentPort.postMessage(statuses);
    })
    .write(request, () => {
      Atomics.add(written, 0, 1);
      Atomics.notify(written, 0);
    });
}`;

/**
 * Many clients that have sent their request before this thread has accepted one of their connections: it stands still
 * meanwhile.
 *
 * @returns the status that each got once its connection is closed, 0 for none
 */
export function crowdAtTheDoor(port: number, count: number, request: string | Buffer): Promise<number[]> {
  const written = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(clients, { eval: true, workerData: { port, count, request, written } });
  const statuses = once(worker, 'message').then(([list]) => list as number[]);
  for (let done = 0; done < count; done = Atomics.load(written, 0)) Atomics.wait(written, 0, done);
  return statuses;
}
