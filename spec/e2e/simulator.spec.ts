import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaDiscovery, cibaToken } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { simulator } from 'ciba-backchannel/simulator';
import express from 'express';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { openEvents } from '../simulator/support.js';
import { axeViolations } from '../support/axe.js';
import { chromium, launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/describe-with.js';
import { type StandingHost, standingHost } from './standing-host.js';

let browser: Browser;
let context: BrowserContext;
let host: StandingHost;
let site: { url: string; end(): void };
let page: Page;
/** What the browser complained about: a violated Content-Security-Policy, an error in a script, a broken request. */
let complaints: string[] = [];
const viewport = { width: 1280, height: 720 };

/** An authorization server on the embedded engine, with the simulator. */
async function openSite(): Promise<typeof site> {
  const app = express();
  const issuer = host.origin;
  const callback = `${issuer}/simulator/notifications`;
  const clients = [
    { client_id: 'teller', client_name: 'Bank teller', backchannel_token_delivery_mode: 'poll' as const },
    { client_id: 'shop', client_name: 'Web shop', backchannel_token_delivery_mode: 'ping' as const },
    { client_id: 'kiosk', client_name: 'Ticket kiosk', backchannel_token_delivery_mode: 'push' as const },
  ].map((client) => ({
    ...client,
    client_secret: 'a-secret',
    backchannel_client_notification_endpoint: callback,
  }));
  const authlete = await embeddedAuthlete({ issuer, clients, interval: 0, acrs: ['urn:example:gold'] });
  const sim = simulator({ issuer, clients, loginHints: ['alice', 'bob'] });
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: ({ hint }) => (['alice', 'bob'].includes(hint) ? { subject: hint } : null),
    authenticate: sim.authenticate,
    notifications: { allow: ({ href }) => href === callback },
  });
  app.use(express.json());
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete }));
  app.use(cibaDiscovery({ authlete }));
  app.use('/simulator', sim);
  host.serve(app);
  return {
    url: issuer,
    end() {
      sim.close();
      ciba.close({ timeout: 1 });
    },
  };
}

describeWith(chromium, 'the simulator in Chromium', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    // Below the runner's limit, so that a failure says what was waited for.
    context.setDefaultTimeout(10_000);
    host = await standingHost('127.0.0.1');
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => {
      if (request.method() === 'POST') complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });

  async function open(): Promise<void> {
    site = await openSite();
    // What the page of the spec before complains about, which has lost its server, concerns nobody.
    page.once('framenavigated', () => {
      complaints = [];
    });
    await page.goto(`${site.url}/simulator`);
    await page.getByText('Connected').waitFor();
  }

  async function send(client: string, message: string): Promise<void> {
    await page.getByLabel('Client', { exact: true }).selectOption(client);
    await page.getByLabel('Binding message').fill(message);
    await page.getByRole('button', { name: 'Send request' }).click();
  }

  const pending = (message: string): Locator =>
    page.getByRole('list', { name: 'Pending requests' }).getByRole('listitem').filter({ hasText: message });
  const sent = (message: string): Locator =>
    page.getByRole('list', { name: 'Requests sent' }).locator('> li').filter({ hasText: message });
  const chip = (flow: Locator, text: string) => flow.locator('.chip').getByText(text, { exact: true });
  const claim = (flow: Locator, name: string) =>
    flow.locator('.claims dl > div').filter({ hasText: name }).first().locator('dd').textContent();
  const press = (message: string, button: 'Approve' | 'Deny') =>
    pending(message).getByRole('button', { name: button }).click();

  describe('a page, and one request after another', () => {
    beforeAll(open);
    afterAll(() => site.end());

    it.each([
      ['teller', 'poll'],
      ['shop', 'ping'],
      ['kiosk', 'push'],
    ])('gets the client %s (%s) its tokens when the request is approved', async (client) => {
      await page.evaluate("document.querySelector('form details').open = true");
      await page.getByLabel('ACR values').fill('urn:example:gold');
      await send(client, client.toUpperCase());
      await press(client.toUpperCase(), 'Approve');
      const flow = sent(client.toUpperCase());
      await chip(flow, 'Approved').waitFor();
      expect(await flow.locator('.tokens').textContent()).toMatch(/^The client has its tokens: access token/);
      const { y = -1 } = (await flow.locator('.tokens').boundingBox()) ?? {};
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(viewport.height);
      expect(await claim(flow, 'sub')).toBe('alice');
      expect(await claim(flow, 'iss')).toBe(site.url);
      expect(await claim(flow, 'acr')).toBe('urn:example:gold');
      expect(await pending(client.toUpperCase()).count()).toBe(0);
      await page.getByText('Nothing to approve').waitFor();
      expect(complaints).toEqual([]);
    });

    it('gets the client nothing when the request is denied', async () => {
      await send('shop', 'W4-NO');
      await press('W4-NO', 'Deny');
      await chip(sent('W4-NO'), 'Denied').waitFor();
      expect(await sent('W4-NO').textContent()).toContain('access_denied');
      expect(await sent('W4-NO').locator('.claims').count()).toBe(0);
    });

    it('shows two requests at once, which may be decided differently', async () => {
      await send('shop', 'FIRST');
      await pending('FIRST').waitFor();
      await send('kiosk', 'SECOND');
      await pending('SECOND').waitFor();
      expect(await page.title()).toContain('(2)');
      await press('SECOND', 'Deny');
      await chip(sent('SECOND'), 'Denied').waitFor();
      expect(await pending('FIRST').count()).toBe(1);
      await press('FIRST', 'Approve');
      await chip(sent('FIRST'), 'Approved').waitFor();
    });

    it('shows markup in a binding message as text', async () => {
      const message = '<img src=x onerror="document.title=1"><b>W4</b>';
      await send('shop', message);
      expect(await pending(message).locator('blockquote').textContent()).toBe(message);
      await press(message, 'Approve');
      await chip(sent(message), 'Approved').waitFor();
      expect(await page.locator('img, b').count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('shows a request on every open page, takes it away on all, and moves none where nobody decided', async () => {
      const other = await context.newPage();
      await other.goto(`${site.url}/simulator/`);
      await other.getByText('Connected').waitFor();
      await send('shop', 'W4-ALL');
      await pending('W4-ALL').waitFor();
      const scrolled = await page.evaluate('scrollY');
      await other.getByRole('listitem').filter({ hasText: 'W4-ALL' }).getByRole('button', { name: 'Approve' }).click();
      await pending('W4-ALL').waitFor({ state: 'detached' });
      await chip(sent('W4-ALL'), 'Approved').waitFor();
      expect(await page.evaluate('scrollY')).toBe(scrolled);
      await other.close();
    });

    it('says why a request was refused', async () => {
      await page.getByLabel('Hint', { exact: true }).fill('mallory');
      await send('teller', 'W4-MALLORY');
      await chip(sent('W4-MALLORY'), 'Refused').waitFor();
      expect(await sent('W4-MALLORY').textContent()).toContain('unknown_user_id');
      await sent('W4-MALLORY').getByText('The provider knows nobody by this hint').waitFor();
    });
  });

  describe('a new page', () => {
    beforeEach(open);

    afterEach(async () => {
      site.end();
      await context.setOffline(false);
      await context.clearPermissions();
      await page.setViewportSize(viewport);
    });

    it('proposes a binding message, which both devices show, and another when the request has ended', async () => {
      for (const message of ['TRANSFER-0815', 'TRANSFER-0816']) {
        await page.locator(`#binding-message[value=${message}]`).waitFor();
        await page.getByRole('button', { name: 'Send request' }).click();
        await pending(message).waitFor();
        await sent(message).waitFor();
        expect(await page.getByLabel('Binding message').inputValue()).toBe(message);
        await press(message, 'Deny');
      }
    });

    it('shows requested details, scopes and the time left', async () => {
      const details = [{ type: 'payment_initiation', instructedAmount: { currency: 'EUR', amount: '123.50' } }];
      await page.getByText('More parameters').click();
      await page.getByLabel('Authorization details').fill(JSON.stringify(details));
      await page.getByLabel('Scopes').fill('openid email');
      await send('shop', 'W4SCT');
      const text = await pending('W4SCT').textContent();
      for (const part of ['Web shop', 'alice', 'Payment', 'Amount', '123.50 EUR', 'See your e-mail address']) {
        expect(text).toContain(part);
      }
      expect(await pending('W4SCT').getByRole('timer').textContent()).toMatch(/^[12]:\d\d left$/);
    });

    it('shows a developer the HTTP messages, which stay open while more comes, and copies them as curl', async () => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await send('teller', 'W4SCT');
      const asked = sent('W4SCT').locator('.steps > li').first();
      await asked.getByText('HTTP', { exact: true }).click();
      await asked.getByText('POST /backchannel/authentication HTTP/1.1').waitFor();
      await asked.getByRole('button', { name: 'Copy as curl' }).click();
      await asked.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(copied).toContain(`curl '${site.url}/backchannel/authentication'`);
      expect(copied).toContain('-u "teller:$CLIENT_SECRET"');
      await press('W4SCT', 'Approve');
      await chip(sent('W4SCT'), 'Approved').waitFor();
      expect(await asked.locator('details').getAttribute('open')).toBe('');
    });

    it('says in its own words that the server does not answer', async () => {
      await send('shop', 'W4SCT');
      await pending('W4SCT').waitFor();
      await context.setOffline(true);
      await press('W4SCT', 'Approve');
      await pending('W4SCT').getByText('The server does not answer. Is it still running?').waitFor();
      await context.setOffline(false);
    });

    it('says of a request that a shutdown cut off that the server stopped, and shows its message whole', async () => {
      const message = 'a binding message that is rather long';
      await send('shop', message);
      await pending(message).waitFor();
      site.end();
      const earlier = page.getByRole('region', { name: 'Earlier' });
      await earlier.getByText('Server stopped').waitFor();
      expect(await earlier.textContent()).toContain(message);
      const cut = "[...document.querySelectorAll('.who')].some((who) => who.scrollWidth > who.clientWidth)";
      expect(await page.evaluate(cut)).toBe(false);
    });

    it('shows no consumption device where it has no clients', async () => {
      const alone = simulator();
      host.serve(alone);
      await page.goto(`${host.origin}/`);
      await page.getByText('Connected').waitFor();
      expect(await page.getByRole('region', { name: 'The user’s phone' }).isVisible()).toBe(true);
      expect(await page.getByText('Consumption device').isVisible()).toBe(false);
      alone.close();
    });

    it('works with the keyboard alone, and leaves the focus where one can go on', async () => {
      await send('shop', 'FIRST');
      await pending('FIRST').waitFor();
      await send('shop', 'SECOND');
      await pending('SECOND').waitFor();
      await pending('FIRST').getByRole('button', { name: 'Approve' }).focus();
      await page.keyboard.press('Enter');
      await pending('FIRST').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Web shop');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Deny');
      await page.keyboard.press('Space');
      await pending('SECOND').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('The user’s phone');
      const announcements = page.getByRole('log', { name: 'Announcements' });
      await announcements.getByText('Request from Web shop: Denied. Nothing left to approve').waitFor();
      await announcements.getByText('Request of Web shop: Denied').waitFor();
    });

    it('is not taken in by a page of another site that knows the auth_req_id', async () => {
      const events = await openEvents(`${site.url}/simulator/events`);
      await send('shop', 'W4SCT');
      const { authReqId } = await events.next('pending');
      events.close();

      const evil = await context.newPage();
      // "localhost" is another origin than "127.0.0.1".
      await evil.goto(`${site.url.replace('127.0.0.1', 'localhost')}/jwks`);
      const answered = new Promise<number>((resolve) => {
        host.server.on('request', (req, res) => {
          if (req.method === 'POST') res.once('finish', () => resolve(res.statusCode));
        });
      });
      const target = `${site.url}/simulator/decide?auth_req_id=${authReqId}&action=allow`;
      await evil.evaluate(`void fetch(${JSON.stringify(target)}, { method: 'POST', mode: 'no-cors' }).catch(() => {})`);
      expect(await answered).toBe(403);
      expect(await pending('W4SCT').count()).toBe(1);
      await evil.close();
    });

    it('has no fault that axe finds, in light and dark colours', async () => {
      await page.getByText('More parameters').click();
      const details = [{ type: 'payment', amount: '89.90', currency: 'EUR' }];
      await page.getByLabel('Authorization details').fill(JSON.stringify(details));
      await send('shop', 'FIRST');
      await press('FIRST', 'Approve');
      await chip(sent('FIRST'), 'Approved').waitFor();
      await sent('FIRST').locator('summary').first().click();
      await send('shop', 'SECOND');
      await pending('SECOND').getByText('For developers').click();
      expect(await axeViolations(page)).toEqual([]);
    });

    it('has one left edge on a phone, leads to the request to approve, and forgets what was earlier', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole('button', { name: 'Send request' }).scrollIntoViewIfNeeded();
      await send('shop', 'W4SCT');
      await pending('W4SCT').waitFor();
      const { y = -1 } = (await pending('W4SCT').boundingBox()) ?? {};
      expect(y).toBeGreaterThanOrEqual(-1);
      expect(y).toBeLessThan(844 / 2);
      const edges =
        await page.evaluate(`['h1', '#phone-title', '#pending > .card', '#desk-title', 'form'].map((selector) =>
        Math.round(document.querySelector(selector).getBoundingClientRect().left))`);
      expect(new Set(edges as number[]).size).toBe(1);
      await press('W4SCT', 'Deny');
      const earlier = page.getByRole('region', { name: 'Earlier' });
      await earlier.getByText('Denied').waitFor();
      await page.getByRole('button', { name: 'Clear' }).click();
      await earlier.waitFor({ state: 'hidden' });
    });

    it('fits a phone: nothing is wider than the screen', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      await send('shop', 'a-binding-message-without-a-space-that-is-much-longer-than-the-screen-is-wide');
      await pending('a-binding').waitFor();
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(overflow)).toBe(0);
    });
  });
});
