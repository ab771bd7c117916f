import type { IncomingMessage, ServerResponse } from 'node:http';
import { mountedPath } from '../../routers/mounted-path.js';
import type { Logger } from '../../telemetry/logger.js';
import { CallError } from '../settings/errors.js';
import type { CheckedOptions } from '../settings/options.js';
import { answer, answerError, answerJson } from './answer.js';
import { readBody } from './body.js';
import type { Calls } from './calls.js';
import { compressed } from './compressed.js';
import type { DeviceFile } from './page-files.js';

/** @returns whether the path belongs to the page; if not, nothing is answered */
export type Serve = (req: IncomingMessage, res: ServerResponse) => boolean;

type ServeOptions = Pick<CheckedOptions<never, never>, 'origin' | 'path'> & { logger: Logger };

/** @param closed aborted by `close()` */
export function server(
  files: ReadonlyMap<string, DeviceFile>,
  calls: Calls,
  closed: AbortSignal,
  options: ServeOptions,
): Serve {
  const { origin, path, logger } = options;

  function serveFile(req: IncomingMessage, res: ServerResponse, file: DeviceFile): void {
    if (req.method !== 'GET' && req.method !== 'HEAD') answer(res, 405, { Allow: 'GET, HEAD' });
    // The page's links are relative, so its address must end with a slash; cookies and service worker need the whole path.
    else if (!mountedPath(req).endsWith('/') && file === files.get('')) answer(res, 308, { Location: path });
    else {
      const { body, headers } = compressed(req, file);
      if (file.isImmutable) headers['Cache-Control'] = 'public, max-age=31536000, immutable';
      answer(res, 200, { 'Content-Type': file.type, ...headers }, body);
    }
  }

  async function serveCall(req: IncomingMessage, res: ServerResponse, name: string): Promise<void> {
    const call = calls.get(name);
    try {
      if (call === undefined) throw new CallError('not_found', 'there is no such call');
      if (req.method !== 'POST') throw new CallError('invalid_request', 'only POST is allowed', { status: 405 });
      const { body, setCookies = [] } = await call(req, await readBody(req, origin));
      answerJson(res, 200, body, setCookies.length > 0 ? { 'Set-Cookie': setCookies } : {});
    } catch (error) {
      if (error instanceof CallError) {
        answerError(res, error);
        return;
      }
      logger.error(`the call ${name} of the phone's page failed`, { error });
      answerError(res, new CallError('unavailable', 'it does not work at the moment', { status: 500 }));
    }
  }

  return (req, res) => {
    const name = pathBelow(req, path);
    const file = files.get(name);
    // At the root, the host may have its own calls below /api/.
    const isCall = name.startsWith('api/') && (path !== '/' || calls.has(name.slice('api/'.length)));
    if (file === undefined && !isCall) return false;
    if (closed.aborted) answerError(res, new CallError('unavailable', 'the server is shutting down'));
    else if (file !== undefined) serveFile(req, res, file);
    else serveCall(req, res, name.slice('api/'.length));
    return true;
  };
}

/** The request's path relative to the page. */
function pathBelow(req: IncomingMessage, path: string): string {
  const [url] = (req.url ?? '/').split('?', 1) as [string];
  if (url.startsWith(path)) return url.slice(path.length);
  return url === path.slice(0, -1) ? '' : url.replace(/^\//, '');
}
