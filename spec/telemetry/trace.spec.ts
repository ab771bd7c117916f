import { describe, expect, it } from '@jest/globals';
import { cibaToken, type Trace, type TraceDetails } from 'ciba-backchannel';
import { ask } from '../support/asking.js';
import { recordingLogger } from '../support/recording-logger.js';
import { stubAuthlete } from '../support/stub-authlete.js';

async function asked(trace: unknown) {
  const authlete = stubAuthlete();
  const logger = recordingLogger();
  const { status } = await ask(cibaToken({ authlete, trace: trace as Trace, logger }));
  const mistakes = logger.entries.filter(({ message }) => message === 'trace failed');
  return { status, calls: authlete.calls.length, mistakes: mistakes.length };
}

describe('The option `trace`', () => {
  it('runs around each step, whose details are complete at its end', async () => {
    const steps: [string, TraceDetails][] = [];
    const trace: Trace = (step, details, run) => {
      steps.push([step, details]);
      return run();
    };
    expect(await asked(trace)).toEqual({ status: 200, calls: 1, mistakes: 0 });
    expect(steps).toEqual([
      ['request', { endpoint: 'token', status: 200 }],
      ['authlete', { api: 'token', action: 'OK' }],
    ]);
  });

  it.each([
    [
      'throws before the step',
      () => {
        throw new Error('mine');
      },
    ],
    [
      'throws after the step',
      (_: unknown, __: unknown, run: () => unknown) => {
        run();
        throw new Error('mine');
      },
    ],
  ])('that %s changes nothing, and is logged', async (_, trace) => {
    expect(await asked(trace)).toEqual({ status: 200, calls: 1, mistakes: 2 });
  });

  it.each([
    ['forgets to run the step', () => undefined],
    ['runs the step twice', (_: unknown, __: unknown, run: () => unknown) => [run(), run()]],
    [
      'runs the step later',
      async (_: unknown, __: unknown, run: () => unknown) => {
        await null;
        return run();
      },
    ],
    [
      'rejects',
      async (_: unknown, __: unknown, run: () => unknown) => {
        run();
        throw new Error('mine');
      },
    ],
  ])('that %s changes nothing', async (_, trace) => {
    expect(await asked(trace)).toMatchObject({ status: 200, calls: 1 });
  });

  it.each([7, null, {}])('is refused at construction: %p', (trace) => {
    expect(() => cibaToken({ authlete: stubAuthlete(), trace: trace as never })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('trace') }),
    );
  });
});
