import { expect, it } from '@jest/globals';
import { simulated } from '../support/simulated-jobs.js';

const transactions = Number(process.env.SIMULATION_TRANSACTIONS ?? 1_500);
const chosen = process.env.SIMULATION_SEED;
const seeds = chosen === undefined ? [1, 2, 3, Math.floor(Math.random() * 2 ** 31)] : [Number(chosen)];

it.each(seeds)(
  'nothing is lost in silence, no unknown is untrue, and every row ends: SIMULATION_SEED=%i',
  async (seed) => {
    const { faults, counts } = await simulated(seed, transactions);
    if (process.env.SIMULATION_COUNTS) console.log(counts);
    expect(faults).toEqual([]);
  },
  60_000,
);
