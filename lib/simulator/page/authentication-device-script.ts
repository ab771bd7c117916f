/** The user's phone: pending requests with Approve and Deny. */
export const authenticationDeviceScript = `
import { announce, byId, descriptions, element, post, timeOfDay } from './elements.js';

const historyLength = 6;
const outcomes = { approved: 'Approved', denied: 'Denied', expired: 'Expired' };

export function authenticationDevice() {
  /** The cards by auth_req_id, in the order in which the requests came. */
  const cards = new Map();
  /** How far the server's clock is ahead, in milliseconds. */
  let ahead = 0;

  /** A connection has begun: what is pending now. */
  function snapshot({ now, pending }) {
    ahead = now - Date.now();
    const known = new Set(pending.map(({ authReqId }) => authReqId));
    for (const authReqId of cards.keys()) {
      if (!known.has(authReqId)) drop(authReqId);
    }
    for (const request of pending) {
      if (!cards.has(request.authReqId)) put(request);
    }
    if (pending.length > 0) announce(waiting(pending.length));
    update();
  }

  function add(request) {
    put(request);
    update();
    const message = request.bindingMessage ? ', message ' + request.bindingMessage : '';
    announce('New request from ' + request.clientName + message + '. ' + waiting(cards.size));
  }

  function remove(authReqId, outcome) {
    const card = cards.get(authReqId);
    if (!card) return;
    drop(authReqId);
    remember(card.request, outcome);
    update();
    announce('Request from ' + card.request.clientName + ': ' + outcomes[outcome] + '. ' + waiting(cards.size));
  }

  function put(request) {
    const card = makeCard(request, decide);
    cards.set(request.authReqId, card);
    byId('pending').append(card.item);
    tick(card);
  }

  /** Takes a card away; where the focus was on it, it goes to the next one, or to the title. */
  function drop(authReqId) {
    const { item } = cards.get(authReqId);
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    const hadFocus = item.contains(document.activeElement);
    cards.delete(authReqId);
    item.remove();
    if (hadFocus) (neighbour?.querySelector('h3') ?? byId('phone-title')).focus();
  }

  async function decide(card, action) {
    if (card.item.hasAttribute('aria-busy')) return;
    card.item.setAttribute('aria-busy', 'true');
    card.problem.textContent = '';
    const query = new URLSearchParams({ auth_req_id: card.request.authReqId, action });
    try {
      await post('decide?' + query);
    } catch (error) {
      card.problem.textContent = error.message;
    }
    card.item.removeAttribute('aria-busy');
  }

  function remember({ clientName, bindingMessage }, outcome) {
    const text = element('span', 'who', [clientName, bindingMessage ? ' · ' + bindingMessage : ''], { dir: 'auto' });
    const item = element('li', '', [
      element('span', 'chip ' + outcome, outcomes[outcome]),
      text,
      timeOfDay(Date.now()),
    ]);
    byId('decided').prepend(item);
    byId('decided').children[historyLength]?.remove();
    byId('history').hidden = false;
  }

  function update() {
    byId('phone-status').textContent = 'The user’s phone' + (cards.size > 0 ? ': ' + waiting(cards.size) : '');
    byId('nothing-pending').hidden = cards.size > 0;
    document.title = (cards.size > 0 ? '(' + cards.size + ') ' : '') + 'CIBA simulator';
  }

  function tick(card) {
    const { receivedAt, expiresAt, clientName } = card.request;
    const lifetime = expiresAt - receivedAt;
    const left = Math.min(lifetime, Math.max(0, expiresAt - ahead - Date.now()));
    const seconds = Math.ceil(left / 1000);
    const text = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0') + ' left';
    if (card.timeLeft.textContent !== text) card.timeLeft.textContent = text;
    card.bar.style.width = (100 * left) / lifetime + '%';
    if (seconds <= 15 && !card.warned) {
      card.warned = true;
      card.item.classList.add('late');
      announce('Request from ' + clientName + ' expires in ' + seconds + ' seconds');
    }
  }

  setInterval(() => cards.forEach(tick), 1000);
  return { snapshot, add, remove };
}

function waiting(number) {
  if (number === 0) return 'Nothing left to approve';
  return number === 1 ? '1 request waits' : number + ' requests wait';
}

let lastNumber = 0;

function makeCard(request, decide) {
  const title = element('h3', '', request.clientName, { id: 'request-' + ++lastNumber, tabIndex: -1, dir: 'auto' });
  const timeLeft = element('span', 'time-left');
  timeLeft.setAttribute('role', 'timer');
  const bar = element('span');
  const problem = element('p', 'error');
  problem.setAttribute('role', 'alert');
  const button = (className, text, action) => {
    const made = element('button', className, text, { type: 'button' });
    made.setAttribute('aria-describedby', title.id);
    made.addEventListener('click', () => decide(card, action));
    return made;
  };

  const item = element('li', 'card', [
    element('div', 'asks', [title, element('p', '', ['asks for the approval of ', element('bdi', '', request.subject)])]),
    ...(request.bindingMessage ? [message(request.bindingMessage)] : []),
    ...request.details.map(detail),
    scopes(request),
    ...facts(request),
    element('p', 'expiry', [timeLeft]),
    element('p', 'bar', [bar]),
    problem,
    element('p', 'buttons', [button('secondary', 'Deny', 'deny'), button('primary', 'Approve', 'allow')]),
  ]);
  item.querySelector('.bar').setAttribute('aria-hidden', 'true');
  const card = { request, item, timeLeft, bar, problem, warned: false };
  return card;
}

function message(text) {
  return element('figure', 'message', [
    element('figcaption', '', 'Binding message'),
    element('blockquote', '', text, { dir: 'auto' }),
  ]);
}

function detail({ type, lines }) {
  const rows = lines.map(({ name, value }) => [name, value]);
  return element('section', 'detail', [element('h4', '', type, { dir: 'auto' }), descriptions('facts', rows)]);
}

function scopes(request) {
  const list = element('ul', 'scopes', request.scopes.map(({ name, description }) =>
    element('li', '', description ?? name, { title: name })));
  list.setAttribute('role', 'list');
  list.setAttribute('aria-label', 'Requested scopes');
  return list;
}

function facts({ acr, resources }) {
  const rows = [];
  if (acr) rows.push(['ACR', acr]);
  if (resources.length > 0) rows.push(['For', resources.join(', ')]);
  return rows.length > 0 ? [descriptions('facts', rows)] : [];
}
`;
