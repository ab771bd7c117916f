// @ts-check

import { byId } from '../../request-view/page/elements.js';
import { authenticationDevice } from './authentication-device.js';
import { consumptionDevice } from './consumption-device.js';

/**
 * @import { Messages } from '../messages.js'
 */

const phone = authenticationDevice();
const desk = consumptionDevice();

/** @type {{ [Name in keyof Messages]: (message: Messages[Name]) => void }} */
const on = {
  snapshot(state) {
    show('Connected', 'up');
    phone.snapshot(state);
    desk.snapshot(state);
  },
  pending: (request) => phone.add(request),
  gone: ({ authReqId, outcome }) => phone.remove(authReqId, outcome),
  refused: ({ clientName, reason }) => phone.refuse(clientName, reason),
  flow: (flow) => desk.flow(flow),
  dropped: ({ id }) => desk.drop(id),
};

/**
 * @param {string} text
 * @param {'up' | 'down'} state
 */
function show(text, state) {
  const connection = byId('connection', HTMLElement);
  if (connection.textContent !== text) connection.textContent = text;
  connection.dataset.state = state;
}

function connect() {
  const events = new EventSource('events');
  for (const [name, handle] of Object.entries(on)) {
    events.addEventListener(name, ({ data }) => handle(JSON.parse(data)));
  }
  events.addEventListener('error', () => {
    show('The server does not answer: trying again', 'down');
    // The browser reconnects by itself after a broken connection, not after a refused one.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}

connect();
