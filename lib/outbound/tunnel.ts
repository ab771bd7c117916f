import type { RequestOptions } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import { withoutBrackets } from '../options/host-name.js';
import type { ProxyTarget } from './no-proxy.js';
import type { HttpProxy } from './proxy.js';

/** A proxy that cannot be used. The message shows its address, never its credentials. */
export class ProxyError extends Error {
  readonly code = 'ERR_PROXY';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProxyError';
  }
}

/**
 * Opens a connection to `target` through a proxy (CONNECT, RFC 9110, section 9.3.6).
 *
 * @param timeout milliseconds until the proxy has answered
 * @throws ProxyError
 */
export function openTunnel(
  { url, authorization }: HttpProxy,
  { hostname, port }: Pick<ProxyTarget, 'hostname' | 'port'>,
  timeout: number,
): Promise<Socket> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  // Not imported: that takes longer than all of this package, and hardly any server has a proxy in front.
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');

  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      host: withoutBrackets(url.hostname),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(authorization && { 'proxy-authorization': authorization }) },
      agent: false,
      // For a proxy over https:.
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    };
    const asked = request(options);
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${timeout} ms`)), timeout);
    const fail = (message: string, cause?: unknown) => {
      clearTimeout(timer);
      reject(new ProxyError(`the proxy ${url.host} ${message}`, cause));
    };
    asked.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        // Nothing that the proxy still sends matters, nor whether it breaks the connection off.
        socket.on('error', () => {}).destroy();
        return fail(`refuses a connection to ${authority} with status ${statusCode}`);
      }
      clearTimeout(timer);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.on('error', (error) => fail(`cannot be used: ${error.message}`, error));
    asked.end();
  });
}
