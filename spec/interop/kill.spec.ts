import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { Cluster, type Mode } from './cluster.js';
import { pgBoss } from './requirements.js';

const modes: Mode[] = ['poll', 'ping', 'push'];

describeWith(pgBoss, 'Two processes on a queue in PostgreSQL', () => {
  it('lose nothing, whenever they are killed and though PostgreSQL is restarted', async () => {
    const cluster = await Cluster.start(1000, (attempt) => attempt === 1);
    try {
      await Promise.all([cluster.addNode(), cluster.addNode()]);
      const decided = new Map<string, Mode>();
      let kills = 0;
      const wanted = 300;
      const isEnough = () => decided.size >= wanted && kills >= 5;

      const device = async () => {
        while (!isEnough()) {
          const mode = modes[Math.floor(Math.random() * 3)] as Mode;
          const authReqId = await cluster.begin(mode);
          if (authReqId === undefined) continue;
          await cluster.decide(authReqId);
          decided.set(authReqId, mode);
        }
      };
      const killer = async () => {
        while (!isEnough()) {
          await sleep(200 + Math.random() * 400);
          const victim = cluster.nodes[Math.floor(Math.random() * cluster.nodes.length)];
          const born = cluster.addNode();
          if (victim) await cluster.kill(victim);
          kills += 1;
          await born;
        }
      };
      const restart = async () => {
        while (decided.size < wanted / 2) await sleep(50);
        await cluster.postgres.stop();
        await cluster.postgres.start();
      };
      await Promise.all([killer(), restart(), ...Array.from({ length: 8 }, device)]);
      await cluster.idle();

      const unknown = cluster.eventsSoFar.filter((event) => event.type === 'gaveUp' && event.why === 'unknown');
      const reported = new Set(unknown.map(({ transaction }) => transaction));
      let lost = 0;
      for (const [authReqId, mode] of decided) {
        const { accepted, refusedAfterwards, delivered } = cluster.trailOf(authReqId);
        expect({ authReqId, accepted }).toEqual({ authReqId, accepted: 1 });
        const isLost = mode !== 'poll' && delivered === 0;
        if (isLost) lost += 1;
        const isReported = reported.has(cluster.idOf(authReqId));
        // Lost is what Authlete answered and nobody stored: it is reported. What was never told twice is known.
        if (isLost) expect({ authReqId, isReported }).toEqual({ authReqId, isReported: true });
        if (refusedAfterwards === 0) expect({ authReqId, isReported }).toEqual({ authReqId, isReported: false });
      }

      const delivered = () => [...cluster.trails.values()].reduce((sum, trail) => sum + trail.delivered, 0);
      const before = delivered();
      await sleep(2500);
      expect(delivered()).toBe(before);
      process.stdout.write(
        `${decided.size} decisions, ${kills} kills, ${reported.size} of unknown outcome, ${lost} notifications lost\n`,
      );
    } finally {
      await cluster.remove();
    }
  }, 180_000);

  it('hand their work over: what one has not delivered when it is closed, the other delivers', async () => {
    let open = false;
    const cluster = await Cluster.start(20_000, () => !open);
    try {
      const first = await cluster.addNode();
      const authReqId = (await cluster.begin('push')) as string;
      await cluster.decide(authReqId);
      expect(await cluster.shutDown(first)).toEqual({ transactions: 0, deliveries: 0 });
      expect(cluster.trailOf(authReqId).delivered).toBe(0);
      open = true;
      await cluster.addNode();
      await cluster.idle();
      expect(cluster.trailOf(authReqId)).toEqual({ accepted: 1, refusedAfterwards: 0, delivered: 1 });
    } finally {
      await cluster.remove();
    }
  });
});
