/** Where the client runs: a form that sends requests, and what becomes of them. The server acts as the client. */
export const consumptionDeviceScript = `
import { announce, byId, descriptions, element, post, timeOfDay } from './elements.js';

const modes = {
  poll: 'Poll: the client asks the token endpoint until the user has decided.',
  ping: 'Ping: the client is told when the user has decided, then fetches its tokens.',
  push: 'Push: the client is sent its tokens.',
};
const states = { waiting: 'Waiting', authorized: 'Authorized', refused: 'Refused', failed: 'Failed' };
const arrows = { sent: '→', received: '←', note: '•' };
const directions = { sent: 'Sent: ', received: 'Received: ', note: 'Result: ' };

export function consumptionDevice() {
  const form = byId('request');
  const select = byId('client');
  /** The list items by the number of the flow. */
  const items = new Map();
  let clients = [];
  let proposedScope = '';

  function snapshot(state) {
    if (JSON.stringify(state.clients) !== JSON.stringify(clients)) {
      clients = state.clients;
      select.replaceChildren(...clients.map(({ id, name, mode }) =>
        element('option', '', name + ' (' + mode + ')', { value: id })));
      chosen();
    }
    byId('login-hints').replaceChildren(...state.loginHints.map((value) => element('option', '', [], { value })));
    if (!byId('hint').value && !byId('hint').dataset.touched) byId('hint').value = state.loginHints[0] ?? '';
    const known = new Set(state.flows.map(({ id }) => id));
    for (const id of items.keys()) {
      if (!known.has(id)) drop(id);
    }
    for (const flow of state.flows) show(flow);
  }

  function chosen() {
    const client = clients.find(({ id }) => id === select.value);
    if (!client) return;
    byId('mode').textContent = modes[client.mode];
    // What somebody has typed stays.
    if (byId('scope').value === proposedScope) byId('scope').value = client.scope;
    proposedScope = client.scope;
  }

  function hintTypeChosen() {
    const type = byId('hint-type').value;
    byId('hint').placeholder = type === 'id_token_hint' ? 'the client’s last ID token' : '';
    if (type === 'login_hint') byId('hint').setAttribute('list', 'login-hints');
    else byId('hint').removeAttribute('list');
  }

  async function send(event) {
    event.preventDefault();
    byId('mistake').textContent = '';
    try {
      await post('requests', Object.fromEntries(new FormData(form)));
      byId('binding-message').value = '';
    } catch (error) {
      byId('mistake').textContent = error.message;
    }
  }

  function flow(changed) {
    const item = items.get(changed.id);
    const before = item?.dataset.status;
    show(changed);
    if (before !== changed.status) announce('Request of ' + changed.clientName + ': ' + states[changed.status]);
  }

  /** Puts a flow on the page, or brings it up to date. */
  function show(flow) {
    const item = makeItem(flow);
    const former = items.get(flow.id);
    if (former) former.replaceWith(item);
    else byId('flows').prepend(item);
    items.set(flow.id, item);
  }

  function drop(id) {
    items.get(id)?.remove();
    items.delete(id);
  }

  select.addEventListener('change', chosen);
  byId('hint-type').addEventListener('change', hintTypeChosen);
  byId('hint').addEventListener('input', () => (byId('hint').dataset.touched = 'yes'));
  form.addEventListener('submit', send);
  return { snapshot, flow, drop };
}

function makeItem(flow) {
  const children = [
    element('header', '', [
      element('h3', '', flow.clientName, { dir: 'auto' }),
      element('span', 'chip ' + flow.status, states[flow.status]),
    ]),
    element('p', 'about', [
      element('span', 'mode', flow.mode),
      element('bdi', '', flow.hint),
      ...(flow.bindingMessage ? [element('bdi', 'sent-message', flow.bindingMessage)] : []),
    ]),
    steps(flow.steps),
    ...(flow.tokens ? [element('p', 'tokens', tokens(flow.tokens))] : []),
    ...(flow.claims ? [claims(flow.claims)] : []),
  ];
  const item = element('li', 'card', children);
  item.dataset.status = flow.status;
  return item;
}

function steps(list) {
  const made = element('ol', 'steps', list.map(({ direction, text, at, count }) => {
    const arrow = element('span', 'arrow', arrows[direction]);
    arrow.setAttribute('aria-hidden', 'true');
    return element('li', direction, [
      arrow,
      element('span', 'text', [
        element('span', 'visually-hidden', directions[direction]),
        element('bdi', '', text),
        ...(count > 1 ? [element('span', 'count', ' × ' + count)] : []),
      ]),
      timeOfDay(at),
    ]);
  }));
  made.setAttribute('role', 'list');
  return made;
}

function tokens({ accessToken, refreshToken, expiresIn, scope }) {
  const parts = [];
  if (accessToken) parts.push('access token' + (expiresIn === undefined ? '' : ' for ' + expiresIn + ' s'));
  if (refreshToken) parts.push('refresh token');
  if (scope) parts.push('scope ' + scope);
  return parts.join(' · ');
}

function claims(all) {
  const rows = Object.entries(all).map(([name, value]) => [name, claim(name, value)]);
  return element('section', 'claims', [element('h4', '', 'ID token'), descriptions('facts', rows)]);
}

function claim(name, value) {
  if (['exp', 'iat', 'nbf', 'auth_time'].includes(name)) {
    return value + ' (' + new Date(value * 1000).toLocaleTimeString() + ')';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
`;
