import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { Cluster, type Mode, type Trail } from './cluster.js';
import { postgres } from './requirements.js';

const modes: Mode[] = ['poll', 'ping', 'push'];

describeWith(postgres, 'Two processes on a queue in PostgreSQL', () => {
  it('lose nothing, whenever they are killed and though PostgreSQL is restarted', async () => {
    const cluster = await Cluster.start(1000, (attempt) => attempt === 1);
    try {
      await Promise.all([cluster.addNode(), cluster.addNode()]);
      const decided = new Set<string>();
      let kills = 0;
      const wanted = 300;
      const isEnough = () => decided.size >= wanted && kills >= 5;

      const device = async () => {
        while (!isEnough()) {
          const mode = modes[Math.floor(Math.random() * 3)] as Mode;
          const authReqId = await cluster.begin(mode);
          if (authReqId === undefined) continue;
          await cluster.decide(authReqId);
          decided.add(authReqId);
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

      const before = cluster.deliveriesSoFar;
      await sleep(2500);
      expect(cluster.deliveriesSoFar).toBe(before);

      const unknown = cluster.eventsSoFar.filter((event) => event.type === 'gaveUp' && event.why === 'unknown');
      const reported = new Set(unknown.map(({ transaction }) => transaction));
      const trails = await cluster.trails(decided);
      const broken: object[] = [];
      let unstored = 0;
      let lost = 0;
      for (const [authReqId, trail] of trails) {
        const { mode, answers, deliveredAt, notifications } = trail;
        const isUnstored = answeredNotStored(trail);
        const isReported = reported.has(cluster.idOf(authReqId));
        const isLost = mode !== 'poll' && deliveredAt.length === 0;
        if (isUnstored) unstored += 1;
        if (isLost) lost += 1;
        const rules = {
          'Authlete has taken it, once': answers.filter(({ accepted }) => accepted).length === 1,
          'it is reported if its answer was not stored, and only then': isReported === isUnstored,
          'it arrives if it was stored': notifications.length === 0 || !isLost,
          'it is lost only where the answer was not stored': !isLost || isUnstored,
          // A process that had taken it over before, since the lease had ended, may be about to deliver it.
          'it does not arrive when its success was stored': notifications.every(
            ({ endedAt, holders }) => deliveredAt.filter((at) => at > endedAt).length < holders.length,
          ),
        };
        const failed = Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
        if (failed.length === 0) continue;
        const events = cluster.eventsSoFar.filter(({ transaction }) => transaction === cluster.idOf(authReqId));
        broken.push({ failed, ...trail, events });
      }
      expect(broken).toEqual([]);
      expect(reported.size).toBe(unstored);
      process.stdout.write(
        `${decided.size} decisions, ${kills} kills, ${unstored} answers not stored, ${lost} notifications lost\n`,
      );
    } finally {
      await cluster.remove();
    }
  }, 300_000);

  it('take one of two decisions that both are given at once, 1,000 times, and notify once', async () => {
    const cluster = await Cluster.start(20_000, () => false);
    try {
      const both = await Promise.all([cluster.addNode(), cluster.addNode()]);
      const wanted = 1_000;
      const said = new Map<string, string[]>();
      let begun = 0;
      const device = async () => {
        while (begun < wanted) {
          begun += 1;
          const authReqId = (await cluster.begin('push')) as string;
          const answers = await Promise.all(both.map((node) => cluster.decideAt(node, authReqId)));
          said.set(authReqId, answers.sort());
        }
      };
      await Promise.all(Array.from({ length: 16 }, device));
      await cluster.idle();
      const wrong = [...(await cluster.trails(said.keys()))].filter(
        ([authReqId, { answers, deliveredAt }]) =>
          said.get(authReqId)?.join() !== 'ERR_COMPLETE_REFUSED,NOTIFICATION' ||
          answers.filter(({ accepted }) => accepted).length !== 1 ||
          deliveredAt.length !== 1,
      );
      expect(wrong).toEqual([]);
      expect(said.size).toBe(wanted);
    } finally {
      await cluster.remove();
    }
  }, 240_000);

  it('repeat nothing that the other has done while they stood still for longer than a lease', async () => {
    const cluster = await Cluster.start(1_000, (attempt) => attempt === 1);
    try {
      const still = await cluster.addNode();
      const authReqId = (await cluster.begin('push')) as string;
      await cluster.decide(authReqId);
      // The notification, and then that its first attempt has failed: it waits for the second one.
      while ((await cluster.audit.writes(2)) < 2) await sleep(1);
      still.child.kill('SIGSTOP');
      await cluster.addNode();
      await cluster.idle();
      expect(cluster.deliveriesSoFar).toBe(1);
      still.child.kill('SIGCONT');
      await sleep(2_500);
      const { answers, deliveredAt } = (await cluster.trails([authReqId])).get(authReqId) as Trail;
      expect(answers).toMatchObject([{ accepted: true }]);
      expect(deliveredAt).toHaveLength(1);
      expect(cluster.eventsSoFar.filter(({ type }) => type === 'notified')).toHaveLength(1);
    } finally {
      await cluster.remove();
    }
  });

  it('hand their work over: what one has not delivered when it is closed, the other delivers', async () => {
    let open = false;
    const cluster = await Cluster.start(20_000, () => !open);
    try {
      const first = await cluster.addNode();
      const authReqId = (await cluster.begin('push')) as string;
      await cluster.decide(authReqId);
      expect(await cluster.shutDown(first)).toEqual({ transactions: 0, deliveries: 0 });
      expect(cluster.deliveriesSoFar).toBe(0);
      open = true;
      await cluster.addNode();
      await cluster.idle();
      const { answers, deliveredAt } = (await cluster.trails([authReqId])).get(authReqId) as Trail;
      expect(answers).toMatchObject([{ accepted: true }]);
      expect(deliveredAt).toHaveLength(1);
    } finally {
      await cluster.remove();
    }
  });
});

/**
 * The window: of the processes that performed the decision while it was stored, the one that Authlete answered first was
 * gone before it had stored that, and another one ended the job.
 */
function answeredNotStored({ answers, decisions }: Trail): boolean {
  return decisions.some(({ begunAt, endedAt, endedBy }) => {
    const first = answers.find(({ at }) => at >= begunAt - 2 && at <= endedAt);
    return first !== undefined && first.process !== endedBy;
  });
}
