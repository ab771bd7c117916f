import type { AuthorizationDetail } from '../authlete/common-types.js';
import type { Transaction } from '../backchannel/hooks.js';

/** What the page is told of a pending transaction: what its user needs, no handle, no hint. */
export interface TransactionView {
  authReqId: string;
  clientName: string;
  subject: string;
  bindingMessage?: string;
  scopes: { name: string; description?: string }[];
  /** The ACR that will be reported as satisfied. */
  acr?: string;
  resources: string[];
  details: DetailView[];
  /** Milliseconds since the epoch. */
  receivedAt: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** One element of `authorization_details` (RFC 9396): its type, and what it says, line by line. */
export interface DetailView {
  type: string;
  lines: { name: string; value: string }[];
}

export function transactionView(transaction: Transaction, now: number): TransactionView {
  const { request, subject, authReqId, expiresAt } = transaction;
  const acr = request.acrs?.[0];
  return {
    authReqId,
    clientName: request.clientName ?? request.clientIdAlias ?? request.clientId,
    subject,
    ...(request.bindingMessage !== undefined && { bindingMessage: request.bindingMessage }),
    scopes: [
      ...request.scopes.map(({ name, description }) => (description ? { name, description } : { name })),
      ...(request.dynamicScopes ?? []).map(({ value }) => ({ name: value })),
    ],
    ...(acr !== undefined && { acr }),
    resources: request.resources ?? [],
    details: (request.authorizationDetails?.elements ?? []).map(detailView),
    receivedAt: now,
    expiresAt: expiresAt.getTime(),
  };
}

function detailView({ type, otherFields, ...common }: AuthorizationDetail): DetailView {
  // First what is specific to the type, such as the amount of a payment: it is what the user has to judge.
  return { type, lines: [...lines('', parse(otherFields)), ...lines('', common)] };
}

const deepest = 16;

/** Flattens `{ amount: { value: 10 } }` to the line `amount.value`: `10`. */
function lines(path: string, value: unknown, depth = 0): DetailView['lines'] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [{ name: path, value: String(value) }];
  if (depth === deepest) return [{ name: path, value: '(nested too deeply to be shown)' }];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return value.length === 0 ? [] : [{ name: path, value: value.join(', ') }];
  }
  return Object.entries(value).flatMap(([name, item]) =>
    lines(path === '' ? name : `${path}.${name}`, item, depth + 1),
  );
}

function parse(otherFields: string | null | undefined): unknown {
  if (!otherFields) return undefined;
  try {
    return JSON.parse(otherFields);
  } catch {
    return { otherFields };
  }
}
