/** Keeps the connection to the server, and hands what comes to the devices. */
export const mainScript = `
import { authenticationDevice } from './authentication-device.js';
import { consumptionDevice } from './consumption-device.js';
import { byId } from './elements.js';

const phone = authenticationDevice();
const desk = byId('request') ? consumptionDevice() : { snapshot() {} };

const on = {
  snapshot(state) {
    show('Connected', 'up');
    phone.snapshot(state);
    desk.snapshot(state);
  },
  pending: (request) => phone.add(request),
  gone: ({ authReqId, outcome }) => phone.remove(authReqId, outcome),
  flow: (flow) => desk.flow(flow),
  dropped: ({ id }) => desk.drop(id),
};

function show(text, state) {
  const connection = byId('connection');
  if (connection.textContent !== text) connection.textContent = text;
  connection.dataset.state = state;
}

function connect() {
  const events = new EventSource('events');
  for (const [name, handle] of Object.entries(on)) {
    events.addEventListener(name, ({ data }) => handle(JSON.parse(data)));
  }
  events.addEventListener('error', () => {
    show('Reconnecting', 'down');
    // The browser reconnects by itself where the connection broke, not where it was refused.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}

connect();
`;
