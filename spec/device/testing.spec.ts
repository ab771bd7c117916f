import type { Server } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaCompletion, cibaToken } from 'ciba-backchannel';
import { type ApprovalRecord, authenticationDevice, type DeviceChange, verifyApproval } from 'ciba-backchannel/device';
import { softwareAuthenticator, softwarePhone } from 'ciba-backchannel/device/testing';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import request from 'supertest';
import { serving } from '../support/serving.js';

const origin = 'https://login.bank.example';
const rp = { id: 'bank.example', name: 'Example Bank' };
const teller = { client_id: 'teller', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' as const };

/** A server whose users have their phones, as a host writes it. */
async function host() {
  const authlete = await embeddedAuthlete({ issuer: origin, clients: [teller] });
  const handleKeys = ['k'.repeat(32)];
  const completion = cibaCompletion({ authlete, handleKeys });
  const approvals: ApprovalRecord[] = [];
  const changes: DeviceChange[] = [];
  const phone = authenticationDevice({
    origin,
    rp,
    user: (req) => (req.headers.cookie?.includes('session=alice') ? { subject: 'alice', name: 'Alice' } : undefined),
    stepUp: () => changes.length === 0,
    complete: completion.complete,
    onApproval: (record) => approvals.push(record),
    onChange: (change) => changes.push(change),
  });
  const ciba = cibaBackchannel({
    authlete,
    handleKeys,
    identifyUser: ({ hint }) => ({ subject: hint }),
    authenticate: phone.authenticate,
  });
  const app = express()
    .use('/backchannel/authentication', ciba)
    .use('/token', cibaToken({ authlete }))
    .use('/device', phone);
  const server = await serving(app);
  return { ciba, server, url: `http://127.0.0.1:${server.port}/device/`, approvals, changes };
}

const form = (server: Server, path: string) => request(server).post(path).auth('teller', 'secret').type('form');

async function ask(server: Server): Promise<string> {
  const asked = { scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT' };
  return (await form(server, '/backchannel/authentication').send(asked)).body.auth_req_id;
}

const poll = (server: Server, auth_req_id: string) =>
  form(server, '/token').send({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id });

const headers = { Cookie: 'session=alice' };

describe('A phone in software', () => {
  it('is set up, shows what is asked and approves it, signed', async () => {
    const { ciba, server, url, approvals, changes } = await host();
    const phone = softwarePhone({ url, origin, headers });
    await phone.setUp('Pixel 9');
    const authReqId = await ask(server);
    await ciba.idle();
    const [waiting] = await phone.requests();
    expect(waiting).toMatchObject({ state: 'waiting', bindingMessage: 'W4SCT' });
    const id = waiting?.id as string;
    expect(await phone.read(id)).toMatchObject({ subject: 'alice', bindingMessage: 'W4SCT' });
    expect(await phone.approve(id)).toEqual({ state: 'completed', decision: 'approved' });
    expect((await poll(server, authReqId)).body).toHaveProperty('id_token');
    const { credentialId, publicKey } = (changes[0] as Extract<DeviceChange, { type: 'passkeySetUp' }>).passkey;
    const passkey = { origin, rpId: rp.id, credentialId, publicKey };
    expect(await verifyApproval(approvals[0] as ApprovalRecord, passkey)).toMatchObject({ bindingMessage: 'W4SCT' });
  });

  it('denies, and rejects a second decision with the code of the page', async () => {
    const { ciba, server, url } = await host();
    const phone = softwarePhone({ url, origin, headers });
    await phone.setUp();
    const authReqId = await ask(server);
    await ciba.idle();
    const [waiting] = await phone.requests();
    const id = waiting?.id as string;
    expect(await phone.deny(id)).toEqual({ state: 'completed', decision: 'denied' });
    expect((await poll(server, authReqId)).body.error).toBe('access_denied');
    await expect(phone.approve(id)).rejects.toMatchObject({ code: 'already_decided', status: 409 });
  });

  it('is a second phone of an account whose passkeys sync, and confirms changes with them', async () => {
    const { url, changes } = await host();
    const authenticator = softwareAuthenticator({ origin, synced: true });
    await softwarePhone({ url, origin, headers, authenticator }).setUp();
    const second = softwarePhone({ url, origin, authenticator });
    await second.signIn();
    expect(await second.requests()).toEqual([]);
    const other = softwarePhone({ url, origin, headers, authenticator });
    await expect(other.setUp()).rejects.toMatchObject({ name: 'InvalidStateError' });
    expect(changes.map(({ type }) => type)).toContain('passkeySetUp');
  });

  it('says what is wrong', async () => {
    const { url } = await host();
    const stranger = softwarePhone({ url, origin });
    await expect(stranger.setUp()).rejects.toMatchObject({ code: 'no_session', status: 401 });
    await expect(stranger.requests()).rejects.toMatchObject({ code: 'no_phone', status: 401 });
    await expect(softwarePhone({ url }).setUp()).rejects.toMatchObject({ code: 'foreign_origin' });
    const elsewhere = softwarePhone({ url: url.replace('/device', '/elsewhere'), origin });
    await expect(elsewhere.setUp()).rejects.toThrow("is not the phone's page: it answered 404");
  });
});
