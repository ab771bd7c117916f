import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { transactionId } from 'ciba-backchannel';

describe('transactionId()', () => {
  it('is the first 16 bytes of the SHA-256 of the auth_req_id, in base64url', () => {
    const hash = createHash('sha256').update('1c266114-a1be-4252-8ad1-04986c5b9ac1').digest();
    expect(transactionId('1c266114-a1be-4252-8ad1-04986c5b9ac1')).toBe(hash.subarray(0, 16).toString('base64url'));
  });
});
