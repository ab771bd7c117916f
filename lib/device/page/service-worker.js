// @ts-check

/**
 * @import { PushPayload } from '../settings/api.js'
 * @import { ServedTexts } from '../settings/page-texts.js'
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const cacheName = 'ciba-device';
// What the page is made of, so that it can say that it is offline.
const files = ['./', ...'%FILES%'.split(' ')];

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)));
  void worker.skipWaiting();
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

// The network first: what is kept is for when there is none.
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const scope = new URL(worker.registration.scope);
  if (request.method !== 'GET' || origin !== scope.origin || !pathname.startsWith(scope.pathname)) return;
  event.respondWith(fetchOrKept(request));
});

/** @param {Request} request */
async function fetchOrKept(request) {
  const cache = await caches.open(cacheName);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch {
    return (await cache.match(request, { ignoreSearch: true })) ?? Response.error();
  }
}

worker.addEventListener('push', (event) => event.waitUntil(notify(event.data)));

/**
 * The notification says nothing of the request: it may be seen on a locked phone. It has no buttons: to decide, one reads.
 *
 * @param {PushMessageData | null} data
 */
async function notify(data) {
  const payload = /** @type {PushPayload | undefined} */ (data?.json());
  const words = await wordsOfUser();
  const isChange = payload !== undefined && 'change' in payload;
  const id = payload && 'request' in payload ? payload.request : undefined;
  for (const client of await worker.clients.matchAll()) client.postMessage('push');
  await worker.registration.showNotification(isChange ? words.changeTitle : words.notificationTitle, {
    body: isChange ? words.changeBody : words.notificationBody,
    icon: 'icon-192.png',
    tag: id ?? 'change',
    lang: words.language,
    dir: words.direction,
    requireInteraction: !isChange,
    data: isChange ? '#devices' : id === undefined ? '' : `#request=${encodeURIComponent(id)}`,
  });
}

/** @returns {Promise<ServedTexts>} */
async function wordsOfUser() {
  const response = await fetchOrKept(new Request('texts.json'));
  const all = /** @type {ServedTexts[]} */ (await response.json());
  // As in texts.js, which a worker that is not a module cannot import.
  const primary = (/** @type {string} */ tag) => tag.toLowerCase().split('-', 1)[0];
  const known = navigator.languages.flatMap((language) =>
    all.filter((words) => primary(words.language) === primary(language)),
  );
  return /** @type {ServedTexts} */ (known[0] ?? all[0]);
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data)));
});

/** @param {string} hash */
async function open(hash) {
  const [page] = await worker.clients.matchAll({ type: 'window' });
  if (page) {
    await page.focus().catch(() => {});
    page.postMessage({ go: hash });
  } else {
    await worker.clients.openWindow(`./${hash}`);
  }
}
