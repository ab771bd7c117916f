import { expect, it } from '@jest/globals';
import { simulated } from '../support/simulated-jobs.js';

const transactions = Number(process.env.SIMULATION_TRANSACTIONS ?? 600);
const chosen = Number(process.env.SIMULATION_SEED ?? Math.floor(Math.random() * 1_000_000));
const tried = new Map<string, number>();

it.each([1, 2, 3, chosen])(
  'nothing is lost in silence, only what is unknown is reported as unknown, and every row ends: SIMULATION_SEED=%i',
  async (seed) => {
    const { faults, counts } = await simulated(seed, transactions);
    for (const [what, count] of Object.entries(counts)) tried.set(what, count + (tried.get(what) ?? 0));
    expect(faults).toEqual([]);
  },
  60_000,
);

it('has tried every kind of trouble', () => {
  expect([...tried.keys()]).toEqual(expect.arrayContaining(['closed', 'killed', 'unknown', 'taken']));
});
