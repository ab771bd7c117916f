// @ts-check
import { bytes, text } from './passkey.js';
import { call } from './server.js';

/**
 * @import { State } from '../settings/api.js'
 * @typedef {{ createPolicy: (name: string, rules: { createScriptURL: () => string }) => { createScriptURL: (text: string) => unknown } }} TrustedTypes
 */

/** Where browsers check the addresses of scripts (Trusted Types), this one is known. */
const policy = /** @type {{ trustedTypes?: TrustedTypes }} */ (window).trustedTypes?.createPolicy('service-worker', {
  createScriptURL: () => 'service-worker.js',
});

/** Starts the service worker, which shows pushes, and the page while it is offline. */
export async function startWorker() {
  if (!('serviceWorker' in navigator)) return;
  const url = /** @type {string} */ (policy?.createScriptURL('') ?? 'service-worker.js');
  await navigator.serviceWorker.register(url);
}

/**
 * What there is to say of pushes: `off` where the user can allow them.
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
 * Asks the user for the permission, and the push service for an address, which it sends to the server.
 *
 * @param {string} pushKey
 * @returns {Promise<State | undefined>} `undefined` where the user does not want it
 */
export async function allowPushes(pushKey) {
  if ((await Notification.requestPermission()) !== 'granted') return undefined;
  return subscribe(pushKey);
}

/**
 * When the page is opened: subscribes anew where the server has another key now, or has lost the address.
 *
 * @param {State} state
 * @returns {Promise<State | undefined>} `undefined` where there is nothing to change
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

/** iPhones and iPads push to pages on the home screen only. */
export function needsHomeScreen() {
  const isApple =
    /iP(?:hone|ad|od)/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  return isApple && !matchMedia('(display-mode: standalone)').matches;
}

/**
 * Closes notifications of requests that wait no more.
 *
 * @param {(tag: string) => boolean} isOver by the request's id
 */
export async function closeNotifications(isOver) {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  for (const notification of (await registration?.getNotifications()) ?? []) {
    if (notification.tag !== 'change' && isOver(notification.tag)) notification.close();
  }
}
