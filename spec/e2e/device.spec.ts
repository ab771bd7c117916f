import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { transactionId } from 'ciba-backchannel';
import type { Browser } from 'playwright-core';
import { chromium, launchChromium } from '../support/chromium.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { type Phone, type PhoneOptions, type Phones, phonesFor } from './device-phone.js';
import { type DeviceSite, deviceSite } from './device-site.js';
import { type StandingHost, standingHost } from './standing-host.js';

let browser: Browser;
let host: StandingHost;
/** Those of single specs. */
let phones: Phones;
let site: DeviceSite;
/** Set up once, for all specs. */
let phone: Phone;
/** The host's hook, besides keeping the record. */
let onApproval: (() => Promise<void>) | undefined;

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
    site = await deviceSite(host, {
      onApproval(record) {
        site.records.push(record);
        return onApproval?.();
      },
    });
    phone = await phonesFor(browser, host.origin).open();
    await phone.setUp();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await host?.close();
  });

  beforeEach(() => {
    onApproval = undefined;
    site.stepUp = true;
    site.records.length = 0;
    site.links.length = 0;
  });

  afterEach(async () => {
    await site.withdrawAll();
    await Promise.all([phone.reset(), phones.putAway()]);
  });

  const heading = ({ page }: Phone, name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  const press = ({ page }: Phone, name: string) => page.getByRole('button', { name }).click();

  async function ask(parameters: Record<string, string> = asked): Promise<string> {
    const authReqId = await site.ask(parameters);
    await phone.show(authReqId);
    return authReqId;
  }

  /** Another phone of the same user, with a passkey of its own. */
  async function setUpAnother(options?: PhoneOptions): Promise<Phone> {
    const other = await phones.open(options);
    await other.setUp();
    return other;
  }

  it('is set up, asked, reads, approves with the passkey; the client has its tokens, and the host its record', async () => {
    await phone.page.getByText('Nothing to approve').waitFor();
    const authReqId = await ask();
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
    const authReqId = await ask();
    await phone.setUserVerified(false);
    await phone.deny();
    await heading(phone, 'Denied').waitFor();
    expect(await phone.page.getByRole('main').textContent()).toContain('Nothing was approved for Opera ticket shop.');
    expect(await site.tokens(authReqId)).toMatchObject({ error: 'access_denied' });
  });

  it('approves nothing where the user does not confirm, and may try again', async () => {
    const authReqId = await ask();
    await phone.setUserVerified(false);
    await press(phone, 'Approve');
    await phone.page.getByText('You did not confirm. Nothing was approved or changed.').waitFor();
    await phone.setUserVerified(true);
    await phone.letTimePass(500);
    await press(phone, 'Approve');
    await heading(phone, 'Approved').waitFor();
    expect(await site.tokens(authReqId)).toMatchObject({ access_token: expect.any(String) });
  });

  it('lists the requests that wait, so that a push that got lost loses nothing, and those that were decided', async () => {
    await phone.page.getByText('Nothing to approve').waitFor();
    await Promise.all([site.ask({ binding_message: 'FIRST' }), site.ask({ binding_message: 'SECOND' })]);
    await phone.letTimePass(4000);
    await phone.page.getByRole('link', { name: 'FIRST' }).waitFor();
    await phone.page.getByRole('link', { name: 'SECOND' }).click();
    await heading(phone, 'Opera ticket shop').waitFor();
    expect(await phone.page.getByRole('main').textContent()).toContain('SECOND');
    await phone.letTimePass(500);
    await phone.deny();
    await heading(phone, 'Denied').waitFor();
    await phone.page.getByRole('link', { name: 'Requests' }).click();
    await phone.page.getByRole('link', { name: 'FIRST' }).waitFor();
    const earlier = phone.page.getByRole('listitem').filter({ hasText: 'SECOND' });
    await earlier.getByText('Denied').waitFor();
    expect(await phone.page.getByRole('link', { name: 'SECOND' }).count()).toBe(0);
  });

  it('shows nothing through a link in a browser that is not a phone, until a passkey of the user has answered', async () => {
    const own = await phones.open();
    await own.setUp('bob');
    await own.show(await site.ask({ ...asked, login_hint: 'bob' }));

    // Its user has no push, so the host sends a link. A messenger that fetches it in advance changes nothing.
    const [link = ''] = site.links;
    expect(await (await fetch(link)).text()).not.toContain('TRANSFER-0815');
    const other = await phones.open();
    await other.page.goto(link);
    await heading(other, 'Approve on this phone').waitFor();
    expect(await other.page.content()).not.toContain('TRANSFER-0815');
    await other.takePasskeys(own);
    await press(other, 'I have a passkey');
    await heading(other, 'Opera ticket shop').waitFor();
    await other.letTimePass(500);
    await press(other, 'Approve');
    await heading(other, 'Approved').waitFor();
    // The first phone is told.
    await own.letTimePass(4000);
    await heading(own, 'Already approved').waitFor();
  });

  it('tells the phone that comes second that the other has decided', async () => {
    const other = await setUpAnother();
    // This phone hears of nothing until it has its say.
    await phone.page.route('**/api/request', (route) =>
      route.request().postDataJSON().seen ? route.abort() : route.continue(),
    );
    const authReqId = await ask();
    await other.show(authReqId);
    await other.deny();
    await heading(other, 'Denied').waitFor();
    await press(phone, 'Approve');
    await heading(phone, 'Already denied').waitFor();
  });

  it('asks again where an approval could not be recorded, on the phone that approved and on another one', async () => {
    const begun = deferred();
    const recorded = deferred();
    onApproval = () => {
      begun.resolve();
      return recorded.promise;
    };
    const other = await setUpAnother();
    await other.show(await ask());
    await press(other, 'Approve');
    await begun.promise;
    await phone.letTimePass(4000);
    await heading(phone, 'Approved, not yet delivered').waitFor();
    const looked = other.page.waitForResponse('**/api/request');
    await other.letTimePass(4000);
    await (await looked).finished();
    recorded.reject(new Error('the audit log is full'));
    await other.page.getByText('This could not be recorded').waitFor();
    await other.page.getByRole('button', { name: 'Approve' }).waitFor();
    await phone.letTimePass(2000);
    await heading(phone, 'Opera ticket shop').waitFor();
  });

  it('removes a lost phone, and its passkey, with a passkey where the session alone will not do', async () => {
    const own = await phones.open();
    await own.setUp('carol');
    const lost = await phones.open();
    await lost.setUp('carol');
    site.stepUp = false;
    await own.page.getByRole('link', { name: 'Phones and passkeys' }).click();
    await heading(own, 'Phones and passkeys').waitFor();
    const list = (name: string) => own.page.locator('section', { has: own.page.getByRole('heading', { name }) });
    await list('Phones').getByRole('listitem').nth(1).waitFor();
    const others = list('Phones').getByRole('listitem').filter({ hasNotText: 'this phone' });
    await others.getByRole('button', { name: 'Remove' }).click();
    const dialog = own.page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('Its passkey stays where it is stored');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await others.waitFor({ state: 'detached' });
    expect(await list('Passkeys').getByRole('listitem').count()).toBe(2);
    await lost.page.reload();
    await lost.page.getByRole('button', { name: 'I have a passkey' }).waitFor();
  });

  it('says that the user must sign in with the host again where the first phone needs it', async () => {
    site.stepUp = false;
    const other = await phones.open();
    await other.logIn('dave');
    await other.open();
    await press(other, 'Set up this phone');
    await other.page.getByText('Example Bank needs to know that it is you').waitFor();
  });

  it('speaks the language of the browser, and signs what it showed in it', async () => {
    const german = await setUpAnother({ locale: 'de-AT' });
    await german.show(await site.ask(asked));
    expect(await german.page.evaluate('document.documentElement.lang')).toBe('de');
    const shown = (await german.page.getByRole('main').textContent()) ?? '';
    for (const text of ['bittet um Ihre Freigabe', 'Zahlung', '89,90 EUR', 'Empfänger', 'Erfahren, wer Sie sind']) {
      expect(shown).toContain(text);
    }
    await press(german, 'Freigeben');
    await heading(german, 'Freigegeben').waitFor();
    expect(JSON.parse(site.records[0]?.shown ?? '')).toMatchObject({ language: 'de' });
  });
});
