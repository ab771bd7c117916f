// @ts-check
import { byId, element } from '../../request-view/page/elements.js';
import { devicesScreen } from './devices-screen.js';
import { listScreen } from './list-screen.js';
import { page, restoreAddress } from './page.js';
import { refreshPushes, startWorker } from './push.js';
import { getRequest, requestScreen } from './request-screen.js';
import { CallError, call, connection } from './server.js';
import { setUpScreen } from './set-up-screen.js';
import { loadTexts } from './texts.js';

/**
 * @import { State } from '../settings/api.js'
 */

const requestHash = '#request=';
/** Settled once the server has said whose phone this browser is. */
let known = Promise.resolve();

/** Shows what the address asks for: a request, the phones and passkeys, or the list. */
async function route() {
  const visit = page.visit();
  const { hash } = location;
  const id = hash.startsWith(requestHash) ? decodeURIComponent(hash.slice(requestHash.length)) : undefined;
  // Asked for before the page knows whose phone this is: that saves one round trip.
  const details = id === undefined ? undefined : getRequest(id);
  details?.catch(() => {});
  await known;
  if (visit.aborted) return;
  nav();
  if (!page.state.phone) {
    if (hash === '#devices' && page.state.session) await devicesScreen(visit);
    else setUpScreen(visit, route);
  } else if (id !== undefined && details) {
    await requestScreen(visit, id, details);
  } else if (hash === '#devices') {
    await devicesScreen(visit);
  } else {
    await listScreen(visit);
  }
}

function nav() {
  const { words } = page;
  /** @type {[string, string][]} */
  const links = page.state.phone
    ? [
        ['#', words.requests],
        ['#devices', words.devices],
      ]
    : [];
  const current = location.hash === '#devices' ? '#devices' : location.hash === '' ? '#' : undefined;
  byId('nav', HTMLElement).replaceChildren(
    ...links.map(([href, text]) => {
      const link = element('a', '', text, { href });
      if (href === current) link.setAttribute('aria-current', 'page');
      return link;
    }),
  );
}

/** @param {boolean} online */
function showConnection(online) {
  const notice = byId('offline', HTMLElement);
  const text = online ? '' : page.words.offline;
  if (notice.textContent !== text) notice.textContent = text;
}

async function start() {
  restoreAddress();
  // Asked while the texts are loading: that saves one round trip.
  const answer = call('state');
  answer.catch(() => {});
  page.words = await loadTexts();
  page.brand = byId('brand', HTMLElement).textContent ?? '';
  document.documentElement.lang = page.words.language;
  document.documentElement.dir = page.words.direction;
  connection.addEventListener('heard', (event) => showConnection(/** @type {CustomEvent} */ (event).detail));
  addEventListener('offline', () => showConnection(false));
  addEventListener('online', () => call('state').catch(() => {}));
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (data?.go !== undefined && data.go !== location.hash) location.hash = data.go;
    else dispatchEvent(new Event('refresh'));
  });
  known = reachServer(answer);
  addEventListener('hashchange', route);
  await route();
  // Only after the first screen, so that it has the network to itself.
  await startWorker().catch(() => {});
  const changed = await refreshPushes(page.state).catch(() => undefined);
  if (changed) page.update(changed);
}

/**
 * Keeps asking a server that cannot be reached; meanwhile the notice at the top says so.
 *
 * @param {Promise<State>} first
 */
async function reachServer(first) {
  for (let answer = first; ; answer = call('state')) {
    try {
      page.update(await answer);
      page.showProblem();
      return;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      showConnection(error.code !== 'offline');
      page.showProblem(error);
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
}

void start();
