// @ts-check
import { devicesScreen } from './devices-screen.js';
import { byId, element } from './elements.js';
import { listScreen } from './list-screen.js';
import { page } from './page.js';
import { refreshPushes, startWorker } from './push.js';
import { requestScreen } from './request-screen.js';
import { CallError, call, connection } from './server.js';
import { setUpScreen } from './set-up-screen.js';
import { loadTexts } from './texts.js';

/** Shows what the address asks for: a request, the phones and passkeys, or the list. */
async function route() {
  await page.leave();
  nav();
  const { hash } = location;
  if (!page.state.phone) {
    if (hash === '#devices' && page.state.session) await devicesScreen();
    else await setUpScreen(route);
  } else if (hash.startsWith('#request=')) {
    await requestScreen(decodeURIComponent(hash.slice('#request='.length)));
  } else if (hash === '#devices') {
    await devicesScreen();
  } else {
    await listScreen();
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
  const worker = startWorker().catch(() => {});
  await reachServer();
  addEventListener('hashchange', route);
  await route();
  await worker;
  const changed = await refreshPushes(page.state).catch(() => undefined);
  if (changed) page.update(changed);
}

/** Waits for a server that cannot be reached; the notice above says so. */
async function reachServer() {
  for (;;) {
    try {
      page.update(await call('state'));
      return;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.code !== 'offline') page.showProblem(page.words.unavailable);
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
}

void start();
