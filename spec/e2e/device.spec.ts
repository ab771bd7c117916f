import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { transactionId } from 'ciba-backchannel';
import type { Browser } from 'playwright-core';
import { chromium, launchChromium } from '../support/chromium.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { type Phone, type Phones, phonesFor } from './device-phone.js';
import { type DeviceSite, deviceSite } from './device-site.js';
import { type StandingHost, standingHost } from './standing-host.js';

let browser: Browser;
let host: StandingHost;
let phones: Phones;
let site: DeviceSite;

const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '89.90' },
  creditorName: 'Opera Leipzig',
  creditorAccount: { iban: 'DE02100100109307118603' },
};
const asked = { binding_message: 'TRANSFER-0815', authorization_details: JSON.stringify([payment]) };

describeWith(chromium, 'the phone in Chromium', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    host = await standingHost('localhost');
    phones = phonesFor(browser, host.origin);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });

  beforeEach(async () => {
    site = await deviceSite(host);
  });

  afterEach(async () => {
    await phones.putAway();
    await site.close();
  });

  const heading = ({ page }: Phone, name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  const press = ({ page }: Phone, name: string) => page.getByRole('button', { name }).click();

  /** Asks, and has the phone show the request, as by a notification. */
  async function ask(phone: Phone, parameters: Record<string, string> = asked): Promise<string> {
    const authReqId = await site.ask(parameters);
    await phone.page.evaluate(`location.hash = 'request=${transactionId(authReqId)}'`);
    await heading(phone, 'Opera ticket shop').waitFor();
    return authReqId;
  }

  it('is set up, asked, reads, approves with the passkey; the client has its tokens, and the host its record', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    await phone.page.getByText('Nothing to approve').waitFor();
    const authReqId = await ask(phone);
    const shown = (await phone.page.getByRole('main').textContent()) ?? '';
    for (const text of [
      'TRANSFER-0815',
      '89.90 EUR',
      'Opera Leipzig',
      'DE02 1001 0010 9307 1186 03',
      'Know who you are',
    ]) {
      expect(shown).toContain(text);
    }
    expect(await phone.page.getByRole('timer').textContent()).toMatch(/^[12]:\d\d left$/);
    await press(phone, 'Approve');
    await heading(phone, 'Approved').waitFor();
    const end = (await phone.page.getByRole('main').textContent()) ?? '';
    expect(end).toContain('Opera ticket shop can now:');
    expect(end).toContain('89.90 EUR');
    await phone.page.getByRole('link', { name: 'Done' }).click();
    await heading(phone, 'Requests').waitFor();
    expect(await site.tokens(authReqId)).toMatchObject({ access_token: expect.any(String) });
    expect(site.records).toHaveLength(1);
    expect(JSON.parse(site.records[0]?.shown ?? '')).toMatchObject({ transaction: transactionId(authReqId) });
    expect(phone.complaints).toEqual([]);
  });

  it('denies without a passkey', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    const authReqId = await ask(phone);
    await phone.setUserVerified(false);
    await phone.deny();
    await heading(phone, 'Denied').waitFor();
    expect(await phone.page.getByRole('main').textContent()).toContain('Nothing was approved for Opera ticket shop.');
    expect(await site.tokens(authReqId)).toMatchObject({ error: 'access_denied' });
  });

  it('approves nothing where the user does not confirm, and may try again', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    const authReqId = await ask(phone);
    await phone.setUserVerified(false);
    await press(phone, 'Approve');
    await phone.page.getByText('You did not confirm. Nothing was approved or changed.').waitFor();
    await phone.setUserVerified(true);
    await press(phone, 'Approve');
    await heading(phone, 'Approved').waitFor();
    expect(await site.tokens(authReqId)).toMatchObject({ access_token: expect.any(String) });
  });

  it('lists the requests that wait, so that a push that got lost loses nothing, and those that were decided', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    await phone.page.getByText('Nothing to approve').waitFor();
    await Promise.all([site.ask({ binding_message: 'FIRST' }), site.ask({ binding_message: 'SECOND' })]);
    await phone.letTimePass(4000);
    await phone.page.getByRole('link', { name: 'FIRST' }).waitFor();
    await phone.page.getByRole('link', { name: 'SECOND' }).click();
    await heading(phone, 'Opera ticket shop').waitFor();
    expect(await phone.page.getByRole('main').textContent()).toContain('SECOND');
    await phone.deny();
    await heading(phone, 'Denied').waitFor();
    await phone.page.getByRole('link', { name: 'Requests' }).click();
    await phone.page.getByRole('link', { name: 'FIRST' }).waitFor();
    await phone.page.getByRole('main').getByText('Denied').waitFor();
    expect(await phone.page.getByRole('link', { name: 'SECOND' }).count()).toBe(0);
  });

  it('by a link in a browser that is no phone shows nothing until a passkey of the user has answered', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    await ask(phone);

    // Its user has no push, so the host sends a link. A messenger that fetches it in advance changes nothing.
    const [link = ''] = site.links;
    expect(await (await fetch(link)).text()).not.toContain('TRANSFER-0815');
    const other = await phones.open({ hasClock: true });
    await other.page.goto(link);
    await heading(other, 'Approve on this phone').waitFor();
    expect(await other.page.content()).not.toContain('TRANSFER-0815');
    await other.takePasskeys(phone);
    await press(other, 'I have a passkey');
    await heading(other, 'Opera ticket shop').waitFor();
    await press(other, 'Approve');
    await heading(other, 'Approved').waitFor();
    // The first phone is told.
    await phone.letTimePass(4000);
    await heading(phone, 'Already approved').waitFor();
  });

  it('tells the phone that comes second that the other has decided', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    // This phone hears of nothing until it has its say.
    await phone.page.route('**/api/request', (route) =>
      route.request().postDataJSON().seen ? route.abort() : route.continue(),
    );
    await ask(phone);
    const other = await phones.open({ hasClock: true });
    await other.takePasskeys(phone);
    await other.open();
    await press(other, 'I have a passkey');
    await heading(other, 'Opera ticket shop').waitFor();
    await other.deny();
    await heading(other, 'Denied').waitFor();
    await press(phone, 'Approve');
    await heading(phone, 'Already denied').waitFor();
  });

  it('asks again where an approval could not be recorded, on the phone that approved and on another one', async () => {
    const begun = deferred();
    const recording = deferred();
    await site.close();
    site = await deviceSite(host, {
      onApproval() {
        begun.resolve();
        return recording.promise;
      },
    });
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    const other = await phones.open({ hasClock: true });
    await other.takePasskeys(phone);
    await other.open();
    await press(other, 'I have a passkey');
    await heading(other, 'Requests').waitFor();
    const id = transactionId(await ask(phone));
    await other.page.evaluate(`location.hash = 'request=${id}'`);
    await heading(other, 'Opera ticket shop').waitFor();

    await press(other, 'Approve');
    await begun.promise;
    await phone.letTimePass(4000);
    await heading(phone, 'Approved, not yet delivered').waitFor();
    const looked = other.page.waitForResponse('**/api/request');
    await other.letTimePass(4000);
    await (await looked).finished();
    recording.reject(new Error('the audit log is full'));
    await other.page.getByText('This could not be recorded').waitFor();
    await other.page.getByRole('button', { name: 'Approve' }).waitFor();
    await phone.letTimePass(2000);
    await heading(phone, 'Opera ticket shop').waitFor();
  });

  it('removes a lost phone, and its passkey, with a passkey where the session alone will not do', async () => {
    const phone = await phones.open({ hasClock: true });
    await phone.setUp();
    const lost = await phones.open({ hasClock: true });
    await lost.setUp();
    site.stepUp = false;
    await phone.page.getByRole('link', { name: 'Phones and passkeys' }).click();
    await heading(phone, 'Phones and passkeys').waitFor();
    const list = (name: string) => phone.page.locator('section', { has: phone.page.getByRole('heading', { name }) });
    await list('Phones').getByRole('listitem').nth(1).waitFor();
    const others = list('Phones').getByRole('listitem').filter({ hasNotText: 'this phone' });
    await others.getByRole('button', { name: 'Remove' }).click();
    const dialog = phone.page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('Its passkey stays where it is stored');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await others.waitFor({ state: 'detached' });
    expect(await list('Passkeys').getByRole('listitem').count()).toBe(2);
    await lost.page.reload();
    await lost.page.getByRole('button', { name: 'I have a passkey' }).waitFor();
  });

  it('says that the user must sign in with the host again where the first phone needs it', async () => {
    site.stepUp = false;
    const phone = await phones.open({ hasClock: true });
    await phone.page.goto(`${site.origin}/login`);
    await phone.open();
    await press(phone, 'Set up this phone');
    await phone.page.getByText('Example Bank needs to know that it is you').waitFor();
  });

  it('speaks the language of the browser, and signs what it showed in it', async () => {
    const phone = await phones.open({ locale: 'de-AT' });
    await phone.setUp();
    await ask(phone);
    expect(await phone.page.evaluate('document.documentElement.lang')).toBe('de');
    const shown = (await phone.page.getByRole('main').textContent()) ?? '';
    for (const text of ['bittet um Ihre Freigabe', 'Zahlung', '89,90 EUR', 'Empfänger', 'Erfahren, wer Sie sind']) {
      expect(shown).toContain(text);
    }
    await press(phone, 'Freigeben');
    await heading(phone, 'Freigegeben').waitFor();
    expect(JSON.parse(site.records[0]?.shown ?? '')).toMatchObject({ language: 'de' });
  });
});
