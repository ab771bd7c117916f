/*
 * How fast the phone's page is: from a push to words on the screen, in Chromium with the network of a slow 4G phone (150 ms
 * for a round trip, 1.6 Mbit/s).
 *
 *     npm run bench:page
 */
import { transactionId } from 'ciba-backchannel';
import { type Phone, phonesFor } from '../spec/e2e/device-phone.js';
import { deviceSite } from '../spec/e2e/device-site.js';
import { standingHost } from '../spec/e2e/standing-host.js';
import { launchChromium } from '../spec/support/chromium.js';

const slow4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const asItIs = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

const browser = await launchChromium();
const host = await standingHost('localhost');
const site = await deviceSite(host);
const phones = phonesFor(browser, host.origin);
const runs = 7;

/** Opens a page and waits for its heading; milliseconds, and bytes over the network until then. */
async function timed({ page, session }: Phone, url: string, heading: string): Promise<{ time: number; bytes: number }> {
  await page.goto('about:blank');
  let bytes = 0;
  const count = ({ encodedDataLength }: { encodedDataLength: number }) => {
    bytes += encodedDataLength;
  };
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', slow4G);
  session.on('Network.loadingFinished', count);
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  // Looked for in each frame: by then a locator looks only every half second.
  await page.evaluate(`new Promise((resolve) => {
    const isHeading = (element) => element.checkVisibility() && element.innerText === ${JSON.stringify(heading)};
    const look = () => ([...document.querySelectorAll('h1')].some(isHeading) ? resolve() : requestAnimationFrame(look));
    look();
  })`);
  const time = performance.now() - begun;
  session.off('Network.loadingFinished', count);
  await session.send('Network.emulateNetworkConditions', asItIs);
  return { time, bytes };
}

/** Median and least; the least is what other work on the machine has delayed least. */
function summary(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  return `${sorted[Math.floor(sorted.length / 2)]} ms, at least ${sorted[0]} ms (${sorted.length} times)`;
}

const first: { time: number; bytes: number }[] = [];
for (let run = 0; run < runs; run += 1) {
  // Each in a browser of its own, which has nothing in its cache.
  const stranger = await phones.open({ hasClock: false });
  first.push(await timed(stranger, `${site.origin}/device/`, 'Approve on this phone'));
  await stranger.context.close();
}

const phone = await phones.open({ hasClock: false });
await phone.setUp();
await phone.page.evaluate('navigator.serviceWorker.ready');
const url = `${site.origin}/device/#request=${transactionId(await site.ask({ binding_message: 'TRANSFER-0815' }))}`;
const opened: number[] = [];
for (let run = 0; run < runs; run += 1) opened.push((await timed(phone, url, 'Opera ticket shop')).time);

const kilobytes = Math.max(...first.map(({ bytes }) => bytes)) / 1000;
console.log(`first visit           ${summary(first.map(({ time }) => time))}, ${kilobytes.toFixed(1)} kB`);
console.log(`a push, opened before ${summary(opened)}`);
await browser.close();
await site.close();
await host.close();
