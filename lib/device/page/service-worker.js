// @ts-check
import { inUsersLanguage } from './language.js';

/**
 * @import { PushPayload } from '../settings/api.js'
 * @import { WorkerSettings } from '../settings/page-texts.js'
 */

const worker = /** @type {ServiceWorkerGlobalScope & { settings: WorkerSettings }} */ (/** @type {unknown} */ (self));
const { version, files, icon, texts } = worker.settings;
const { scope } = worker.registration;
const prefix = 'ciba-device ';
const cacheName = prefix + version;
const addresses = new Set(['', ...files].map((file) => new URL(file, scope).href));

// If there is no room for the cache, the page still works: it is loaded from the network.
worker.addEventListener('install', (event) => {
  event.waitUntil(keep());
  void worker.skipWaiting();
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([worker.clients.claim(), forgetOthers()]));
});

/** Caches the whole page or nothing, since its files belong together. */
async function keep() {
  try {
    const cache = await caches.open(cacheName);
    if (await cache.match(scope)) return;
    const page = await fetch(scope, { cache: 'no-store', redirect: 'error' });
    // During a deployment, a process with another version may have answered.
    if (!page.ok || !(await page.clone().text()).includes(`content="${version}"`)) return;
    await cache.addAll(files);
    await cache.put(scope, page);
  } catch {
    await caches.delete(cacheName).catch(() => {});
  }
}

async function forgetOthers() {
  const names = await caches.keys().catch(() => []);
  const others = names.filter((name) => name === 'ciba-device' || (name.startsWith(prefix) && name !== cacheName));
  await Promise.all(others.map((name) => caches.delete(name)));
}

// Answers for the page and its files, and for nothing else that the host may have below the same path.
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  url.hash = '';
  if (request.method !== 'GET' || !addresses.has(url.href)) return;
  event.respondWith(keptOrFetched(event));
});

/** @param {FetchEvent} event */
async function keptOrFetched(event) {
  const { request } = event;
  const cache = await caches.open(cacheName).catch(() => undefined);
  const kept = await cache?.match(request, { ignoreVary: true }).catch(() => undefined);
  if (kept) return kept;
  const answer = await fetch(request);
  if (request.mode === 'navigate') event.waitUntil(keep());
  return answer;
}

worker.addEventListener('push', (event) => event.waitUntil(notify(event.data)));

/**
 * The notification says nothing about the request, since it may be seen on a locked phone. It has no buttons, since users
 * should read before they decide.
 *
 * @param {PushMessageData | null} data
 */
async function notify(data) {
  const payload = payloadOf(data);
  const words = inUsersLanguage(texts);
  for (const client of await worker.clients.matchAll()) client.postMessage('push');
  const common = { icon: new URL(icon, scope).href, lang: words.language, dir: words.direction };
  if ('ended' in payload) {
    // Browsers withdraw the permission from pages that get a push and show nothing.
    await worker.registration.showNotification(words.notificationEnded, {
      ...common,
      tag: payload.ended,
      silent: true,
    });
    for (const notification of await worker.registration.getNotifications({ tag: payload.ended })) notification.close();
  } else if ('change' in payload) {
    await worker.registration.showNotification(words.changeTitle, {
      ...common,
      body: words.changeBody,
      tag: 'change',
      data: '#devices',
    });
  } else {
    await worker.registration.showNotification(words.notificationTitle, {
      ...common,
      body: words.notificationBody,
      tag: payload.request,
      requireInteraction: true,
      data: payload.request === '' ? '' : `#request=${encodeURIComponent(payload.request)}`,
    });
  }
}

/**
 * @param {PushMessageData | null} data
 * @returns {PushPayload} for an empty push, a request without an id: the user opens the page and looks
 */
function payloadOf(data) {
  try {
    return { request: '', ...data?.json() };
  } catch {
    return { request: '' };
  }
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data)));
});

/** @param {string} hash */
async function open(hash) {
  const pages = await worker.clients.matchAll({ type: 'window' });
  const page = pages.find(({ url }) => new URL(url).href.split('#', 1)[0] === scope);
  if (page) {
    await page.focus().catch(() => {});
    page.postMessage({ go: hash });
  } else {
    await worker.clients.openWindow(`${scope}${hash}`);
  }
}
