// @ts-check
import { page } from './page.js';

/**
 * @typedef {{ getHighEntropyValues: (hints: string[]) => Promise<{ model?: string }> }} UserAgentData
 */

const maxLength = 60;
// The order matters: Edge, for example, also calls itself Chrome and Safari.
const browsers = {
  'SamsungBrowser/': 'Samsung Internet',
  'Edg/': 'Edge',
  'EdgA/': 'Edge',
  'EdgiOS/': 'Edge',
  'OPR/': 'Opera',
  'FxiOS/': 'Firefox',
  'Firefox/': 'Firefox',
  'CriOS/': 'Chrome',
  'Chrome/': 'Chrome',
  'Safari/': 'Safari',
};
const systems = {
  iPhone: 'iPhone',
  iPad: 'iPad',
  Android: 'Android',
  Windows: 'Windows',
  CrOS: 'ChromeOS',
  Mac: 'Mac',
  Linux: 'Linux',
};

/** Tells this phone from the user's others: its model if the browser reveals it, otherwise a name like "Chrome on Android". */
export async function phoneName() {
  const { userAgentData } = /** @type {{ userAgentData?: UserAgentData }} */ (navigator);
  const { model } = (await userAgentData?.getHighEntropyValues(['model']).catch(() => undefined)) ?? {};
  if (model) return model.slice(0, maxLength);
  const browser = found(browsers) ?? 'Browser';
  const system = found(systems);
  return system ? page.words.browserOn.replace('{browser}', browser).replace('{system}', system) : browser;
}

/** @param {Record<string, string>} names by a part of the user agent string */
function found(names) {
  return Object.entries(names).find(([part]) => navigator.userAgent.includes(part))?.[1];
}
