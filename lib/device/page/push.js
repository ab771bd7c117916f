// @ts-check
import { bytes, text } from './passkey.js';
import { call } from './server.js';

/**
 * @import { State } from '../settings/api.js'
 * @typedef {{ createPolicy: (name: string, rules: { createScriptURL: () => string }) => { createScriptURL: (text: string) => unknown } }} TrustedTypes
 */

/** Browsers with Trusted Types take a script's address only from a policy; this one gives the service worker's. */
const policy = /** @type {{ trustedTypes?: TrustedTypes }} */ (window).trustedTypes?.createPolicy('service-worker', {
  createScriptURL: () => 'service-worker.js',
});

/** Starts the service worker, which shows pushes and keeps the page for when the phone is offline. */
export async function startWorker() {
  if (!('serviceWorker' in navigator)) return;
  const url = /** @type {string} */ (policy?.createScriptURL('') ?? 'service-worker.js');
  await navigator.serviceWorker.register(url);
}

/**
 * The state of pushes in this browser: `off` if the user can still allow them.
 *
 * @param {State} state
 * @returns {'unavailable' | 'blocked' | 'off' | 'on'}
 */
export function pushState({ phone, pushKey }) {
  if (pushKey === null || !('PushManager' in window) || !('Notification' in window)) return 'unavailable';
  if (Notification.permission === 'denied') return 'blocked';
  return phone?.push && Notification.permission === 'granted' ? 'on' : 'off';
}

/**
 * Asks the user for permission and the push service for an address, and sends the address to the server.
 *
 * @param {string} pushKey
 * @returns {Promise<State | undefined>} `undefined` if the user refuses
 */
export async function allowPushes(pushKey) {
  if ((await Notification.requestPermission()) !== 'granted') return undefined;
  return subscribe(pushKey);
}

/**
 * Called when the page is opened: subscribes again if the server has a new key, or has lost the address.
 *
 * @param {State} state
 * @returns {Promise<State | undefined>} `undefined` if there is nothing to change
 */
export async function refreshPushes(state) {
  const { phone, pushKey } = state;
  if (!phone || pushKey === null || pushState(state) === 'unavailable') return undefined;
  if (Notification.permission !== 'granted') return phone.push ? call('push', { subscription: null }) : undefined;
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  if (subscription && keyOf(subscription) === pushKey && phone.push) return undefined;
  return subscribe(pushKey);
}

/**
 * @param {string} pushKey
 * @returns {Promise<State>}
 */
async function subscribe(pushKey) {
  const { pushManager } = await navigator.serviceWorker.ready;
  const former = await pushManager.getSubscription();
  if (former && keyOf(former) !== pushKey) await former.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(pushKey) });
  const { endpoint = '', keys } = subscription.toJSON();
  return call('push', { subscription: { endpoint, keys: { p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' } } });
}

/** @param {PushSubscription} subscription */
function keyOf({ options }) {
  return options.applicationServerKey ? text(options.applicationServerKey) : undefined;
}

/** iPhones and iPads deliver pushes only to pages on the home screen. */
export function needsHomeScreen() {
  const isApple =
    /iP(?:hone|ad|od)/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  return isApple && !matchMedia('(display-mode: standalone)').matches;
}

/**
 * Closes the notifications of requests that no longer wait.
 *
 * @param {(tag: string) => boolean} isOver whether the request with this id no longer waits
 */
export async function closeNotifications(isOver) {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  for (const notification of (await registration?.getNotifications()) ?? []) {
    if (notification.tag !== 'change' && isOver(notification.tag)) notification.close();
  }
}
