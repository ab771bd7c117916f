import { describe, expect, it } from '@jest/globals';
import { authorized, cibaBackchannel, later } from 'ciba-backchannel';
import { completer } from '../../lib/completion/completer.js';
import { Deadline } from '../../lib/time/deadline.js';
import { inFlight } from '../../lib/time/in-flight.js';
import { ask } from '../support/asking.js';
import { stubAuthlete } from '../support/complete-stub.js';
import { afterwards } from '../support/concurrently.js';
import { deferred, never } from '../support/deferred.js';
import { recordingLogger } from '../support/recording-logger.js';
import { stubAuthlete as stubEngine } from '../support/stub-authlete.js';

describe('Without a queue', () => {
  it('100,000 push transactions that wait keep nobody from completing; the next one is logged', async () => {
    const logger = recordingLogger();
    const running = inFlight();
    const { issued, seal, complete, close } = completer({ authlete: stubAuthlete(), logger, emit() {}, running });
    afterwards(() => close(new Deadline(0)));
    const contents = (n: number) => ({
      id: `id-${n}`,
      ticket: `ticket-${n}`,
      subject: 'alice',
      clientId: '42',
      deliveryMode: 'PUSH' as const,
      claimNames: [],
      expiresAt: Date.now() + 600_000,
    });
    for (let n = 0; n < 100_000; n += 1) issued(contents(n));
    expect(logger.entries.filter(({ level }) => level === 'warn')).toEqual([]);
    issued(contents(100_000));
    expect(logger.entries.at(-1)).toMatchObject({
      level: 'warn',
      message: 'if nobody decides, the client will not be told',
    });
    await expect(complete(seal(contents(100_000)), authorized())).resolves.toEqual({ action: 'NO_ACTION' });
    await expect(complete(seal(contents(7)), authorized())).resolves.toEqual({ action: 'NO_ACTION' });
  });
});

describe('A transaction', () => {
  const asked = async (authenticate: Parameters<typeof cibaBackchannel>[0]['authenticate']) => {
    const authlete = stubEngine();
    const ciba = cibaBackchannel({ authlete, identifyUser: () => ({ subject: 'alice' }), authenticate, logger: false });
    afterwards(() => ciba.close({ timeout: 0 }));
    await ask(ciba);
    return { authlete, ciba };
  };

  it('that complete() ends aborts the signal of its hook, and Authlete is told once', async () => {
    const waiting = deferred<{ handle: string; signal: AbortSignal; id: string }>();
    const { authlete, ciba } = await asked((transaction) => {
      waiting.resolve(transaction);
      return never;
    });
    const { handle, signal, id } = await waiting.promise;
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(signal.aborted).toBe(false);
    await ciba.complete(handle, authorized());
    expect(signal.aborted).toBe(true);
    await ciba.idle();
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(1);
  });

  it('is completed by its own user only, where the host gives the subject', async () => {
    const made = deferred<string>();
    const { authlete, ciba } = await asked(({ handle }) => {
      made.resolve(handle);
      return later();
    });
    const handle = await made.promise;
    await expect(ciba.complete(handle, authorized(), { subject: 'bob' })).rejects.toMatchObject({
      name: 'HandleError',
      code: 'ERR_HANDLE_SUBJECT',
    });
    await expect(ciba.complete(handle, authorized(), { subject: '' })).rejects.toThrow('subject must be a string');
    await expect(ciba.complete(handle, authorized(), { user: 'a' } as never)).rejects.toThrow('has no option `user`');
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([]);
    await expect(ciba.complete(handle, authorized(), { subject: 'alice' })).resolves.toEqual({ action: 'NO_ACTION' });
  });
});
