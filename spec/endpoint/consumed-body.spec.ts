import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { expectError } from '../support/answers.js';
import { endpoints, judgement, judging } from '../support/endpoints.js';
import { frameworks, type Parsers } from '../support/hosts.js';
import { serving } from '../support/serving.js';

const type = 'application/x-www-form-urlencoded';

/** Repeated parameters, plus and percent, what does not decode, what is beyond ASCII. */
const form = 'scope=openid+email&resource=a&login_hint=%2B34%206&resource=b&note=%E2%82%AC&x=%zz&%C3%A9=&flag';
/** The same once a parser has had it: grouped by name, `%zz` taken literally. */
const rebuilt = 'scope=openid+email&resource=a&resource=b&login_hint=%2B34+6&note=%E2%82%AC&x=%25zz&%C3%A9=&flag=';

type Verify = (req: IncomingMessage, res: unknown, raw: Buffer) => void;
const keep =
  (as: (raw: Buffer) => unknown): Verify =>
  (req, _res, raw) => {
    Object.assign(req, { rawBody: as(raw) });
  };

const every = ({ json, text, raw, urlencoded }: Parsers) => [json(), text(), raw(), urlencoded({ extended: true })];

/** What the host has before the endpoint, and what reaches Authlete then. */
const before: [string, (parsers: Parsers) => unknown[], string][] = [
  ['nothing', () => [], form],
  ['urlencoded, extended', ({ urlencoded }) => [urlencoded({ extended: true })], rebuilt],
  ['urlencoded, not extended', ({ urlencoded }) => [urlencoded({ extended: false })], rebuilt],
  [
    'urlencoded that keeps rawBody',
    ({ urlencoded }) => [urlencoded({ extended: true, verify: keep((raw) => raw) })],
    form,
  ],
  [
    'urlencoded that keeps rawBody as a string',
    ({ urlencoded }) => [urlencoded({ extended: true, verify: keep(String) })],
    form,
  ],
  [
    'urlencoded that keeps something else',
    ({ urlencoded }) => [urlencoded({ extended: true, verify: keep(() => 7) })],
    rebuilt,
  ],
  ['json, which skips it', ({ json }) => [json()], form],
  ['text, which skips it', ({ text }) => [text()], form],
  ['raw, which skips it', ({ raw }) => [raw()], form],
  ['text of everything', ({ text }) => [text({ type: () => true })], form],
  ['raw of everything', ({ raw }) => [raw({ type: () => true })], form],
  ['json, then urlencoded', ({ json, urlencoded }) => [json(), urlencoded({ extended: true })], rebuilt],
  ['all of them', every, rebuilt],
];

describe.each(frameworks)('on %s', (_, { host, parsers }) => {
  describe.each(endpoints)('%s', (_, endpoint) => {
    it.each(before)('comes after %s', async (_, made, parameters) => {
      const { authlete, middleware } = judging(endpoint);
      const app = host();
      for (const parser of made(parsers)) app.use(parser as never);
      app.use('/', middleware);
      const server = await serving(app);
      expect((await request(server).post('/').type(type).send(form)).text).toBe(judgement);
      expect(authlete.requests(endpoint.api)).toEqual([{ parameters }]);
      for (const empty of ['', undefined]) {
        expectError(await request(server).post('/').type(type).send(empty), 400, 'invalid_request');
      }
      expectError(await request(server).post('/').send({ scope: 'openid' }), 400, 'invalid_request');
    });

    it('comes before all of them', async () => {
      const { authlete, middleware } = judging(endpoint);
      const app = host();
      app.use('/', middleware);
      for (const parser of every(parsers)) app.use(parser as never);
      expect(
        (
          await request(await serving(app))
            .post('/')
            .type(type)
            .send(form)
        ).text,
      ).toBe(judgement);
      expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);
    });

    it('leaves req.body as it found it: the form holds credentials', async () => {
      const { middleware } = judging(endpoint);
      const app = host();
      let found: unknown[] = [];
      app.use(parsers.json() as never);
      app.use('/', (req, res) => {
        const host = req as IncomingMessage & { body?: unknown };
        const body = host.body;
        res.once('finish', () => {
          found = [body, host.body];
        });
        middleware(req, res);
      });
      await request(await serving(app))
        .post('/')
        .type(type)
        .send(form);
      expect(found).toHaveLength(2);
      expect(found[1]).toBe(found[0]);
    });

    it.each([
      ['deep', 'a[b][c]=1', 'a%5Bb%5D%5Bc%5D=1'],
      ['with a list', 'a[b]=1&a[b]=2&c=3', 'a%5Bb%5D=1&a%5Bb%5D=2&c=3'],
    ])('gets back what the extended parser made of names that are %s', async (_, sent, parameters) => {
      const { authlete, middleware } = judging(endpoint);
      const app = host();
      app.use(parsers.urlencoded({ extended: true }) as never);
      app.use('/', middleware);
      await request(await serving(app))
        .post('/')
        .type(type)
        .send(sent);
      expect(authlete.requests(endpoint.api)).toEqual([{ parameters }]);
    });

    it('takes what another parser has inflated', async () => {
      const { authlete, middleware } = judging(endpoint);
      const app = host();
      app.use(parsers.urlencoded({ extended: false }) as never);
      app.use('/', middleware);
      const sent = request(await serving(app))
        .post('/')
        .type(type)
        .set('Content-Encoding', 'gzip');
      sent.write(gzipSync('scope=openid'));
      expect((await sent).text).toBe(judgement);
      expect(authlete.requests(endpoint.api)).toEqual([{ parameters: 'scope=openid' }]);
    });
  });
});
