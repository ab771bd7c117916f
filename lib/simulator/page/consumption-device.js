// @ts-check
import { byId, element } from '../../request-view/page/elements.js';
import { flowCard, states } from './flow-card.js';
import { announce } from './notices.js';
import { messageOf, post } from './server.js';
import { showResult } from './waiting-user.js';

/**
 * @import { Flow, Snapshot } from '../messages.js'
 * @import { FlowCard } from './flow-card.js'
 */

const modes = {
  poll: 'Poll: the client asks the token endpoint until the user has decided.',
  ping: 'Ping: the client is told when the user has decided, then fetches its tokens.',
  push: 'Push: the client is sent its tokens.',
};

/** Where the client runs: a form that sends requests, and what becomes of them. The server acts as the client. */
export function consumptionDevice() {
  const form = byId('request', HTMLFormElement);
  const select = byId('client', HTMLSelectElement);
  const hint = byId('hint', HTMLInputElement);
  const hintType = byId('hint-type', HTMLSelectElement);
  const bindingMessage = byId('binding-message', HTMLInputElement);
  const scope = byId('scope', HTMLInputElement);
  const mistake = byId('mistake', HTMLElement);
  /**
   * The cards by the number of the flow.
   *
   * @type {Map<number, FlowCard>}
   */
  const cards = new Map();
  /** @type {Snapshot['clients']} */
  let clients = [];
  let proposedScope = '';

  /** @param {Snapshot} state */
  function snapshot(state) {
    byId('desk', HTMLElement).hidden = state.clients.length === 0;
    if (JSON.stringify(state.clients) !== JSON.stringify(clients)) {
      clients = state.clients;
      select.replaceChildren(
        ...clients.map(({ id, name, mode }) => element('option', '', `${name} (${mode})`, { value: id })),
      );
      chosen();
    }
    const proposals = state.loginHints.map((value) => element('option', '', [], { value }));
    byId('login-hints', HTMLElement).replaceChildren(...proposals);
    if (!hint.value && !hint.dataset.touched) hint.value = state.loginHints[0] ?? '';
    const known = new Set(state.flows.map(({ id }) => id));
    for (const id of cards.keys()) {
      if (!known.has(id)) drop(id);
    }
    for (const flow of state.flows) show(flow);
  }

  function chosen() {
    const client = clients.find(({ id }) => id === select.value);
    if (!client) return;
    byId('mode', HTMLElement).textContent = modes[client.mode];
    // A scope that somebody has typed stays.
    if (scope.value === proposedScope) scope.value = client.scope;
    proposedScope = client.scope;
  }

  function hintTypeChosen() {
    hint.placeholder = hintType.value === 'id_token_hint' ? 'the client’s last ID token' : '';
    if (hintType.value === 'login_hint') hint.setAttribute('list', 'login-hints');
    else hint.removeAttribute('list');
  }

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    mistake.textContent = '';
    try {
      await post('requests', Object.fromEntries(new FormData(form)));
    } catch (error) {
      mistake.textContent = messageOf(error);
    }
  }

  /** @param {Flow} changed */
  function flow(changed) {
    const before = cards.get(changed.id)?.item.dataset.status;
    const { item } = show(changed);
    if (before === changed.status) return;
    announce(`Request of ${changed.clientName}: ${states[changed.status]}`);
    if (before !== 'waiting') return;
    showResult(item);
    // The next request has a code of its own.
    if (bindingMessage.value === changed.bindingMessage) {
      bindingMessage.defaultValue = codeAfter(bindingMessage.defaultValue);
      bindingMessage.value = bindingMessage.defaultValue;
    }
  }

  /**
   * Puts a flow on the page, or brings it up to date.
   *
   * @param {Flow} flow
   */
  function show(flow) {
    let card = cards.get(flow.id);
    if (!card) {
      card = flowCard(flow);
      cards.set(flow.id, card);
      byId('flows', HTMLElement).prepend(card.item);
    }
    card.update(flow);
    return card;
  }

  /** @param {number} id */
  function drop(id) {
    cards.get(id)?.item.remove();
    cards.delete(id);
  }

  select.addEventListener('change', chosen);
  hintType.addEventListener('change', hintTypeChosen);
  hint.addEventListener('input', () => {
    hint.dataset.touched = 'yes';
  });
  form.addEventListener('submit', send);
  return { snapshot, flow, drop };
}

/** @param {string} code that ends with a number */
function codeAfter(code) {
  return code.replace(/\d+$/, (number) => `${Number(number) + 1}`.padStart(number.length, '0'));
}
