/** What both devices build their cards with. Text is only ever set as text: markup in it stays text. */
export const elementsScript = `
export const byId = (id) => document.getElementById(id);

/** Makes an element: its class, its children (elements, or strings as text), and other properties. */
export function element(tag, className, children = [], properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  if (className) made.className = className;
  made.append(...[children].flat());
  return made;
}

/** Makes the rows of a description list. */
export function descriptions(className, rows) {
  return element('dl', className, rows.map(([name, value]) =>
    element('div', '', [element('dt', '', breakable(name)), element('dd', '', value, { dir: 'auto' })])));
}

/** Long names such as instructedAmount.currency break where their words do. */
function breakable(name) {
  return name.split(/(?<=[._:])|(?<=[a-z])(?=[A-Z])/).flatMap((part) => [part, element('wbr')]);
}

/** Has a screen reader say it, without moving the focus. Lines are added, so that none cuts off the one before. */
export function announce(text) {
  const log = byId('announcements');
  log.append(element('p', '', text));
  if (log.children.length > 10) log.firstElementChild.remove();
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function timeOfDay(milliseconds) {
  return element('time', '', clock.format(milliseconds), { dateTime: new Date(milliseconds).toISOString() });
}

/** Sends something to the server; a failure is an Error with a sentence for people. */
export async function post(url, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.ok) return;
  const { error_description } = await response.json().catch(() => ({}));
  throw new Error(error_description ?? 'The server answered with status ' + response.status);
}
`;
