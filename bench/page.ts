/*
 * How fast the phone's page is: from a push to words on the screen, in Chromium with the network of a slow 4G phone (150 ms
 * for a round trip, 1.6 Mbit/s).
 *
 *     npm run bench:page
 */
import { transactionId } from 'ciba-backchannel';
import { phonesFor } from '../spec/e2e/device-phone.js';
import { deviceSite } from '../spec/e2e/device-site.js';
import { standingHost } from '../spec/e2e/standing-host.js';
import { launchChromium } from '../spec/support/chromium.js';

const slow4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };

const browser = await launchChromium();
const host = await standingHost('localhost');
const site = await deviceSite(host);
const phone = await phonesFor(browser, host.origin).open({ hasClock: false });
const { page, session } = phone;
await session.send('Network.enable');
let bytes = 0;
session.on('Network.loadingFinished', ({ encodedDataLength }) => {
  bytes += encodedDataLength;
});

/** Opens a page and waits for its heading; milliseconds. */
async function timed(url: string, heading: string): Promise<number> {
  await page.goto('about:blank');
  bytes = 0;
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  return performance.now() - begun;
}

await session.send('Network.emulateNetworkConditions', slow4G);
const first = await timed(`${site.origin}/device/`, 'Approve on this phone');
const firstBytes = bytes;
await session.send('Network.emulateNetworkConditions', {
  ...slow4G,
  latency: 0,
  downloadThroughput: -1,
  uploadThroughput: -1,
});
await phone.setUp();
await page.evaluate('navigator.serviceWorker.ready');
const url = `${site.origin}/device/#request=${transactionId(await site.ask({ binding_message: 'TRANSFER-0815' }))}`;
await session.send('Network.emulateNetworkConditions', slow4G);
const opened: number[] = [];
for (let run = 0; run < 5; run += 1) opened.push(await timed(url, 'Opera ticket shop'));
opened.sort((a, b) => a - b);

console.log(
  `first visit           ${Math.round(first)} ms, ${(firstBytes / 1000).toFixed(1)} kB over the network until words are shown`,
);
console.log(`a push, opened before ${Math.round(opened[2] as number)} ms (median of ${opened.length})`);
await browser.close();
await site.close();
await host.close();
