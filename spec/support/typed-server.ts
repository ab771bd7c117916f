/** A server in TypeScript as a user of the package writes it: types flow from hook to hook, and mistakes are seen. */
const commonjs = `
import { type AuthleteApi, authorized, cibaBackchannel, type Decision, type HookContext, reject } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import * as client from 'ciba-backchannel/client';
import * as device from 'ciba-backchannel/device';
import * as hints from 'ciba-backchannel/hints';
import * as opentelemetry from 'ciba-backchannel/opentelemetry';
import * as policies from 'ciba-backchannel/policies';
import * as postgres from 'ciba-backchannel/postgres';
import * as simulator from 'ciba-backchannel/simulator';
import express = require('express');

export const all = [client, device, hints, opentelemetry, policies, postgres, simulator];
export async function serve(): Promise<void> {
  const ciba = cibaBackchannel({
    authlete: await embeddedAuthlete({ issuer: 'https://as.example.com', clients: [] }),
    identifyUser: (request, { req }: HookContext<express.Request>) =>
      req.ip === '' ? reject('UNKNOWN_USER_ID') : { subject: request.hint, device: 1 },
    authenticate: async ({ user }): Promise<Decision> => authorized({ acr: user.device.toFixed() }),
    // @ts-expect-error the user has no such field
    policy: (_, user) => void user.missing,
  });
  express().use('/backchannel/authentication', ciba).post('/other', ciba);
}
export const fetched = (authlete: AuthleteApi) =>
  cibaBackchannel({
    authlete,
    identifyUser: hints.identifyBy({
      loginHint: (hint, _, { req }: HookContext<Request>) => (req.url === '' ? null : { subject: hint }),
    }),
    policy: [policies.bindingMessage(), policies.promptLimit()],
  }).fetch;`;
const esm = commonjs.replace("import express = require('express')", "import express from 'express'");

/** The module systems of TypeScript in which the package is used; `type` is that of the user's package.json. */
export const moduleSystems = [
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'module', source: esm },
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'commonjs', source: commonjs },
  { module: 'node20', moduleResolution: 'node16', type: 'commonjs', source: commonjs },
  { module: 'preserve', moduleResolution: 'bundler', type: 'module', source: esm },
] as const;

/** The user's compiler options, which check the declarations of the package as well. */
export const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  // Without the DOM, as servers are.
  lib: ['es2022'],
  types: ['node'],
  skipLibCheck: false,
  esModuleInterop: true,
  exactOptionalPropertyTypes: true,
};
