import { consumedBody, wasConsumed } from '../../endpoint/consumed-body.js';
import { BodyError, type RequestWithBody, readBytes, readJsonObject } from '../../routers/json-body.js';

/** Bytes. */
const maxBytes = 1_048_576;

/**
 * Reads the parameters of a call: a JSON object, or a form.
 *
 * @throws BodyError when the body is too large, is cut short, or is neither
 */
export async function readParameters(req: RequestWithBody): Promise<Record<string, unknown>> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '');
  if (!isForm) return readJsonObject(req, maxBytes);
  const body = wasConsumed(req) ? consumedBody(req) : await readBytes(req, maxBytes);
  return parameters(new URLSearchParams(String(body ?? '')));
}

/** The parameters of a GET. */
export function queryParameters(url: string): Record<string, unknown> {
  return parameters(new URLSearchParams(url.slice(url.indexOf('?') + 1)));
}

/** In a form everything is text, so members of other types are converted. */
function parameters(form: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, parameterOf(name, form.getAll(name))]));
}

function parameterOf(name: string, texts: string[]): unknown {
  if (arrays.has(name)) return texts;
  const [text = ''] = texts;
  if (integers.has(name)) return text === '' ? undefined : Number(text);
  if (booleans.has(name)) return /^true$/i.test(text);
  return objects.has(name) ? parse(name, text) : text;
}

function parse(name: string, text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new BodyError(400, `${name} is not JSON.`);
  }
}

/** May be repeated. */
const arrays: ReadonlySet<string> = new Set([
  'clientCertificatePath',
  'scopes',
  'consentedClaims',
  'resources',
  'acrValues',
  'requiredComponents',
]);
const integers: ReadonlySet<string> = new Set(['authTime', 'accessTokenDuration', 'refreshTokenDuration', 'maxAge']);
const booleans: ReadonlySet<string> = new Set([
  'dpopNonceRequired',
  'requestBodyContained',
  'withHiddenProperties',
  'pretty',
]);
/** JSON within the form. */
const objects: ReadonlySet<string> = new Set(['properties', 'headers', 'cimdOptions']);
