import { describe, expect, it } from '@jest/globals';
import type { BackchannelAuthenticationCompleteResult, CibaEvent, Reason } from 'ciba-backchannel';

type Same<A, B> = [A, B] extends [B, A] ? true : never;
type Of<T extends CibaEvent['type']> = Extract<CibaEvent, { type: T }>;

describe('The types of events', () => {
  it("name every Reason and every result of Authlete's, and no other", () => {
    const reasons: Same<NonNullable<Of<'refused'>['reason']>, Reason> = true;
    const results: Same<Of<'completed'>['result'], BackchannelAuthenticationCompleteResult> = true;
    expect([reasons, results]).toEqual([true, true]);
  });
});
