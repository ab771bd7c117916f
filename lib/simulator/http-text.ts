import type { Client } from './client.js';

// HTTP messages as text, for developers to read and to repeat. Secrets of client and provider are shell
// variables there, named after the parameter: `$CLIENT_SECRET`.

const secrets: ReadonlySet<string> = new Set([
  'client_secret',
  'client_notification_token',
  'user_code',
  'id_token_hint',
  'login_hint_token',
  'access_token',
  'refresh_token',
  'id_token',
]);

/** Characters of a body that are shown. */
const maxBody = 16_384;

/** A client's request, written without its secrets. */
export interface RequestText {
  /** The message (RFC 9112). */
  text: string;
  /** The command that sends it. */
  curl: string;
}

export function requestText(url: string, client: Client, parameters: Readonly<Record<string, string>>): RequestText {
  const { host, pathname, search } = new URL(url);
  const isBasic = client.authMethod === 'client_secret_basic';
  const id = formEncode(client.id);
  const form = { ...parameters, ...(!isBasic && { client_id: client.id, client_secret: '' }) };
  const lines = [
    `POST ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    ...(isBasic ? [`Authorization: Basic base64(${id}:$CLIENT_SECRET)`] : []),
    'Content-Type: application/x-www-form-urlencoded',
    '',
    Object.entries(form)
      .map(([name, value]) => `${name}=${secrets.has(name) ? variable(name) : formEncode(value)}`)
      .join('&\n'),
  ];
  const words = [
    `curl ${quoted(url)}`,
    ...(isBasic ? [`-u "${id}:$CLIENT_SECRET"`] : []),
    ...Object.entries(form).map(([name, value]) =>
      secrets.has(name)
        ? `--data-urlencode "${name}=${variable(name)}"`
        : `--data-urlencode ${quoted(`${name}=${value}`)}`,
    ),
  ];
  return { text: lines.join('\n'), curl: words.join(' \\\n  ') };
}

export function responseText(status: number, headers: Headers, body: object): string {
  const lines = [...headers].filter(([name]) => name !== 'set-cookie').map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status}`, ...lines, '', bodyText(body)].join('\n');
}

/** A ping or a push, which the client received. */
export function notificationText(body: object): string {
  const lines = ['Authorization: Bearer $CLIENT_NOTIFICATION_TOKEN', 'Content-Type: application/json', ''];
  return ['POST /notifications HTTP/1.1', ...lines, bodyText(body)].join('\n');
}

function bodyText(body: object): string {
  const text = JSON.stringify(body, (name, value) => (secrets.has(name) ? variable(name) : value), 2);
  return text.length > maxBody ? `${text.slice(0, maxBody)}\n(and ${text.length - maxBody} more characters)` : text;
}

function variable(name: string): string {
  return `$${name.toUpperCase()}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** As in a form (RFC 6749, appendix B). */
export function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
