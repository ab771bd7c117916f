import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent, createServer, type RequestOptions, request } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { ConnectionOptions, SecureVersion, TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ClientCertificate } from '../../../lib/endpoint/certificate/client-certificate.js';
import { makeCertificate, makeChain, type TestCertificate } from '../../support/certificates.js';
import { certificateReader } from './certificate-reader.js';

let root: TestCertificate;
let intermediate: TestCertificate;
let leaf: TestCertificate;
let selfSigned: TestCertificate;
let server: TestCertificate;

beforeAll(async () => {
  ({ root, intermediate, leaf } = await makeChain());
  selfSigned = await makeCertificate({ subject: 'CN=alone' });
  server = await makeCertificate({ subject: 'CN=localhost', san: [{ type: 'dns', value: 'localhost' }] });
});

type Answer = ClientCertificate | { code: string; message: string } | 'none';
type Handler = (req: IncomingMessage) => Answer;

const read = certificateReader('tls');
const certificateOf: Handler = (req) => read(req) ?? 'none';

const open: Server[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(open.splice(0).map((server) => once(server.close(), 'close')));
});

async function listen(httpServer: Server): Promise<number> {
  open.push(httpServer);
  httpServer.listen(0, 'localhost');
  await once(httpServer, 'listening');
  return (httpServer.address() as AddressInfo).port;
}

/** An HTTPS server that asks for certificates and takes every one; answers what the handler gives. */
function listenTls(handler: Handler = certificateOf, options: { ca?: string; secureOptions?: number } = {}) {
  const { cert, key } = server;
  const tls = { cert, key, requestCert: true, rejectUnauthorized: false, ...options };
  return listen(createServer(tls, (req, res) => res.end(JSON.stringify(handler(req)))));
}

async function call(
  port: number,
  options: RequestOptions & ConnectionOptions = {},
): Promise<{ answer: Answer; socket: TLSSocket }> {
  const req = request({ host: 'localhost', port, ca: server.cert, agent: false, ...options }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  const socket = res.socket as TLSSocket;
  let text = '';
  for await (const chunk of res.setEncoding('utf8')) text += chunk;
  return { answer: JSON.parse(text), socket };
}

/** What a client presents: its key and certificates. */
const presenting = ({ key }: TestCertificate, ...certificates: TestCertificate[]) => ({
  key,
  cert: certificates.map(({ cert }) => cert).join(''),
});

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('clientCertificate: tls, over %s', (maxVersion) => {
  it('reads the certificate and the chain that the client sent', async () => {
    const port = await listenTls();
    const { answer, socket } = await call(port, { ...presenting(leaf, leaf, intermediate), maxVersion });
    expect(socket.getProtocol()).toBe(maxVersion);
    expect(answer).toEqual({ clientCertificate: leaf.cert, clientCertificatePath: [intermediate.cert] });
  });

  it('reads a chain up to its root', async () => {
    const { answer } = await call(await listenTls(), {
      ...presenting(leaf, leaf, intermediate, root),
      maxVersion,
    });
    expect(answer).toEqual({ clientCertificate: leaf.cert, clientCertificatePath: [intermediate.cert, root.cert] });
  });

  it('reads a self-signed certificate', async () => {
    const { answer } = await call(await listenTls(), { ...presenting(selfSigned, selfSigned), maxVersion });
    expect(answer).toEqual({ clientCertificate: selfSigned.cert });
  });

  it('reads a certificate that was sent alone', async () => {
    const { answer } = await call(await listenTls(), { ...presenting(leaf, leaf), maxVersion });
    expect(answer).toEqual({ clientCertificate: leaf.cert });
  });

  it('has none when the client presents none', async () => {
    expect((await call(await listenTls(), { maxVersion })).answer).toBe('none');
  });

  it('has the chain of each connection when the server gives no session tickets', async () => {
    const port = await listenTls(certificateOf, { secureOptions: constants.SSL_OP_NO_TICKET });
    const agent = new Agent({ ...presenting(leaf, leaf, intermediate), maxVersion, ca: server.cert });
    agents.push(agent);
    for (let i = 0; i < 3; i++) {
      const { answer, socket } = await call(port, { agent });
      expect(socket.isSessionReused()).toBe(false);
      expect(answer).toHaveProperty('clientCertificatePath', [intermediate.cert]);
    }
  });
});

describe('clientCertificate: tls', () => {
  it('has the certificate alone on a resumed session, which forgets the chain', async () => {
    const port = await listenTls();
    const client = { ...presenting(leaf, leaf, intermediate), maxVersion: 'TLSv1.2' as const };
    const { socket } = await call(port, client);
    const session = socket.getSession();
    const resumed = await call(port, { ...client, session });
    expect(resumed.socket.isSessionReused()).toBe(true);
    expect(resumed.answer).toEqual({ clientCertificate: leaf.cert });
  });

  it('asks a kept-alive connection once', async () => {
    const seen: unknown[] = [];
    const port = await listenTls((req) => {
      seen.push(read(req), certificateReader('tls')(req));
      return 'none';
    });
    const agent = new Agent({ ...presenting(leaf, leaf, intermediate), ca: server.cert, keepAlive: true });
    agents.push(agent);
    await call(port, { agent });
    await call(port, { agent });
    expect(seen[0]).toMatchObject({ clientCertificate: leaf.cert });
    for (const again of seen) expect(again).toBe(seen[0]);
  });

  it('leaves the chain to the host', async () => {
    let issuer: string | undefined;
    const port = await listenTls((req) => {
      read(req);
      issuer = (req.socket as TLSSocket).getPeerX509Certificate()?.issuerCertificate?.toString();
      return 'none';
    });
    await call(port, presenting(leaf, leaf, intermediate));
    expect(issuer).toBe(intermediate.cert);
  });

  it('never renegotiates', async () => {
    const renegotiate = jest.fn<TLSSocket['renegotiate']>();
    const port = await listenTls((req) => {
      (req.socket as TLSSocket).renegotiate = renegotiate;
      return certificateOf(req);
    });
    expect((await call(port, { maxVersion: 'TLSv1.2' })).answer).toBe('none');
    expect(renegotiate).not.toHaveBeenCalled();
  });

  it('refuses a chain of 20', async () => {
    const chain = [await makeCertificate({ subject: 'CN=0', ca: true })];
    const key = chain[0]?.keys;
    for (let i = 1; i < 20; i++) {
      chain.unshift(await makeCertificate({ subject: `CN=${i}`, ca: true, issuer: chain[0], key }));
    }
    const port = await listenTls((req) => {
      try {
        return certificateOf(req);
      } catch (error) {
        return { code: (error as { code: string }).code, message: (error as Error).message };
      }
    });
    expect((await call(port, presenting(chain[0] as TestCertificate, ...chain))).answer).toEqual({
      code: 'ERR_CERTIFICATE_MALFORMED',
      message: 'the client certificate chain is longer than 10 certificates',
    });
  });

  it('has none once the connection is gone', async () => {
    let certificate: unknown = 'not read';
    const port = await listenTls((req) => {
      req.socket.destroy();
      certificate = read(req);
      return 'none';
    });
    await expect(call(port, presenting(leaf, leaf))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(certificate).toBeUndefined();
  });

  it('has none on a plain connection, whatever headers claim', async () => {
    let certificate: unknown = 'not read';
    const port = await listen(
      createHttpServer((req, res) => {
        certificate = read(req);
        res.end();
      }),
    );
    const req = requestHttp({ host: 'localhost', port, agent: false, headers: { 'client-cert': ':eA==:' } }).end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    res.resume();
    expect(certificate).toBeUndefined();
  });
});
