import { expect, it } from '@jest/globals';
import { simulated } from '../support/simulated-jobs.js';

const transactions = Number(process.env.SIMULATION_TRANSACTIONS ?? 1_000);
const chosen = process.env.SIMULATION_SEED;
const seeds = [1, 2, 3, ...(chosen === undefined ? [] : [Number(chosen)])];

it.each(seeds)(
  'nothing is lost in silence, no unknown is untrue, and every row ends: SIMULATION_SEED=%i',
  async (seed) => {
    const { faults, counts } = await simulated(seed, transactions);
    expect(faults).toEqual([]);
    // It has tried what it is there for.
    for (const what of ['closed', 'killed', 'unknown', 'taken']) expect(counts[what]).toBeGreaterThan(0);
  },
  60_000,
);
