import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyError, closeAfter, readJsonObject } from '../routers/json-body.js';
import { mountedPath } from '../routers/mounted-path.js';
import type { PageFiles } from '../routers/page-files.js';
import { isAllowedHost } from './allowed-host.js';
import { answer, answerError } from './answer.js';
import type { ConsumptionDevice } from './consumption-device.js';
import { isCrossSite } from './cross-site.js';
import type { Action } from './pending-transactions.js';

const maxBodyBytes = 65_536;

type Handler = (req: IncomingMessage, res: ServerResponse, url: URL) => unknown;

/** What is served under a path: for GET (and HEAD), or for POST. */
export interface Route {
  method: 'GET' | 'POST';
  handler: Handler;
}

/** What the routes use. */
export interface Services {
  files: PageFiles;
  /** Opens the stream of events. */
  open(req: IncomingMessage, res: ServerResponse): void;
  decide(authReqId: string, action: Action): Promise<boolean>;
  device: ConsumptionDevice;
}

/** The paths below the simulator's mount path. */
export function routes({ files, open, decide, device }: Services): Map<string, Route> {
  const table = new Map<string, Route>();
  for (const [path, { type, body }] of files) {
    table.set(path, { method: 'GET', handler: (_req, res) => answer(res, 200, { 'Content-Type': type }, body) });
  }
  table.set('/events', { method: 'GET', handler: open });
  table.set('/decide', { method: 'POST', handler: sameOrigin((_req, res, url) => serveDecision(res, url, decide)) });
  table.set('/requests', { method: 'POST', handler: sameOrigin((req, res) => serveRequest(req, res, device)) });
  table.set('/notifications', { method: 'POST', handler: (req, res) => serveNotification(req, res, device) });
  return table;
}

/** @returns `false` if there is no such path */
export function serveRoute(
  table: Map<string, Route>,
  req: IncomingMessage,
  res: ServerResponse,
  { allowedHosts, closed }: { allowedHosts: ReadonlySet<string>; closed: AbortSignal },
): boolean {
  const base = 'http://localhost';
  if (!URL.canParse(req.url ?? '/', base)) return false;
  const url = new URL(req.url ?? '/', base);
  const route = table.get(url.pathname);
  if (route === undefined) return false;

  const method = req.method === 'HEAD' ? 'GET' : req.method;
  if (!isAllowedHost(req, allowedHosts)) {
    const description = 'the simulator may not be opened under this name: if it is yours, add it to allowedHosts';
    answerError(res, 403, 'access_denied', description);
  } else if (closed.aborted) {
    answerError(res, 503, 'temporarily_unavailable', 'the simulator was closed');
  } else if (method !== route.method) {
    const allow = route.method === 'GET' ? 'GET, HEAD' : 'POST';
    answer(res, 405, { Allow: allow });
  } else if (url.pathname === '/' && !mountedPath(req).endsWith('/')) {
    // The page's links are relative, so it works under any mount path and behind any proxy, if its path ends with a slash.
    answer(res, 302, { Location: `./${mountedPath(req).split('/').at(-1)}/` });
  } else {
    run(route.handler, req, res, url);
  }
  return true;
}

async function run(handler: Handler, ...[req, res, url]: Parameters<Handler>): Promise<void> {
  try {
    await handler(req, res, url);
  } catch (error) {
    if (!(error instanceof BodyError)) res.destroy();
    else if (!res.destroyed) answerBodyError(res, error);
  }
}

function answerBodyError(res: ServerResponse, { status, message }: BodyError): void {
  if (status === 413) closeAfter(res);
  answerError(res, status, 'invalid_request', message);
}

function sameOrigin(handler: Handler): Handler {
  return (req, res, url) => {
    if (!isCrossSite(req)) return handler(req, res, url);
    answerError(res, 403, 'access_denied', 'pages of other origins may not do this');
  };
}

async function serveDecision(res: ServerResponse, { searchParams }: URL, decide: Services['decide']): Promise<void> {
  const [action, ...otherActions] = searchParams.getAll('action');
  const [authReqId, ...otherIds] = searchParams.getAll('auth_req_id');
  if ((action !== 'allow' && action !== 'deny') || otherActions.length > 0) {
    answerError(res, 400, 'invalid_request', 'action must be allow or deny');
  } else if (!authReqId || otherIds.length > 0) {
    answerError(res, 400, 'invalid_request', 'auth_req_id must be given once');
  } else if (await decide(authReqId, action)) {
    answer(res, 204);
  } else {
    answerError(res, 404, 'not_found', 'nothing is pending under this auth_req_id');
  }
}

async function serveRequest(req: IncomingMessage, res: ServerResponse, device: ConsumptionDevice): Promise<void> {
  const mistake = device.send(await readJsonObject(req, maxBodyBytes));
  if (mistake === undefined) answer(res, 202);
  else answerError(res, 400, 'invalid_request', mistake);
}

async function serveNotification(req: IncomingMessage, res: ServerResponse, device: ConsumptionDevice): Promise<void> {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const status = device.notify(token, await readJsonObject(req, maxBodyBytes));
  answer(res, status, status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {});
}
