import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { transactionId } from 'ciba-backchannel';
import type { AuthenticationDeviceOptions, ExactDetail } from 'ciba-backchannel/device';
import type { Browser } from 'playwright-core';
import { axeViolations } from '../support/axe.js';
import { chromium, launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/describe-with.js';
import { fakeOnly } from '../support/fake-timers.js';
import { type Phone, type Phones, phonesFor } from './device-phone.js';
import { type DeviceSite, deviceSite } from './device-site.js';
import { type StandingHost, standingHost } from './standing-host.js';

let browser: Browser;
let host: StandingHost;
let phones: Phones;
let site: DeviceSite;
let phone: Phone;

async function ask(parameters: Record<string, string>): Promise<string> {
  const authReqId = await site.ask(parameters);
  await phone.show(authReqId);
  return authReqId;
}

/** Shows the list anew, without the time that passes before it looks by itself. */
const refresh = () => phone.page.evaluate("dispatchEvent(new Event('refresh'))");
const heading = (name: string) => phone.page.getByRole('heading', { level: 1, name, exact: true });
const button = (name: string) => phone.page.getByRole('button', { name, exact: true });
const link = (name: string) => phone.page.getByRole('link', { name });
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
/** The paths of what the service worker keeps. */
const kept = `caches.keys().then(async (names) => (await Promise.all(names.map(async (name) =>
  (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())`;
const small = { width: 320, height: 568 };

const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '89.90' },
  creditorName: 'Opera Leipzig',
  creditorAccount: { iban: 'DE02100100109307118603' },
};
const details = JSON.stringify([payment]);
const asked = { binding_message: 'TRANSFER-0815', authorization_details: details };

describeWith(chromium, "the phone's page in Chromium", () => {
  beforeAll(async () => {
    browser = await launchChromium();
    host = await standingHost('localhost');
    phones = phonesFor(browser, host.origin);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });

  async function putAway(): Promise<void> {
    await phones.putAway();
    await site.close();
  }

  /** What is asked in one spec waits in no other. */
  async function reset(): Promise<void> {
    await site.withdrawAll();
    await phone.reset();
  }

  describe('of a phone that is set up', () => {
    const reported: string[] = [];

    beforeAll(async () => {
      site = await deviceSite(host, { report: ({ transaction }) => reported.push(transaction), signIn: '/login' });
      phone = await phones.open();
      await phone.setUp();
      await phone.page.evaluate('navigator.serviceWorker.ready');
    });
    afterEach(reset);
    afterAll(putAway);

    it('has no fault that axe finds, in any state, in light and dark colours', async () => {
      const found: Record<string, string[]> = {};
      const look = async (state: string) => {
        found[state] = await axeViolations(phone.page);
      };
      await phone.context.clearCookies();
      await phone.page.reload();
      await button('I have a passkey').waitFor();
      await look('a browser that is no phone');
      await phone.logIn();
      await phone.page.reload();
      await button('Set up this phone').waitFor();
      await look('setting up');
      await button('I have a passkey').click();
      await phone.page.getByText('Nothing to approve').waitFor();
      await look('nothing to approve');
      const authReqIds = [
        await site.ask(asked),
        await site.ask({ binding_message: 'SECOND', agent: 'Trip planner' }),
      ] as const;
      await refresh();
      await link('SECOND').waitFor();
      await look('the list');
      await phone.show(authReqIds[1]);
      await phone.page.getByText('Details', { exact: true }).click();
      await phone.setUserVerified(false);
      await button('Approve').click();
      await phone.page.getByText('You did not confirm').waitFor();
      await look('a request of an agent, with a problem');
      await phone.letTimePass(500);
      await button('I did not ask for this').click();
      await button('Undo').waitFor();
      await look('a denial that can be taken back');
      await phone.letTimePass(3000);
      await heading('Denied').waitFor();
      await phone.page.getByText('Next request').waitFor();
      await look('denied, and the next one');
      await phone.setUserVerified(true);
      await phone.show(authReqIds[0]);
      await button('Approve').click();
      await heading('Approved').waitFor();
      await look('approved');
      await link('Requests').click();
      await phone.page.getByRole('heading', { name: 'Earlier' }).waitFor();
      await look('the list, with what was earlier');
      await link('Phones and passkeys').click();
      await phone.page.getByRole('button', { name: 'Rename' }).first().click();
      await look('a name that is changed');
      await button('Cancel').click();
      await phone.page.getByRole('button', { name: 'Remove' }).first().click();
      await look('a question');
      await button('Keep').click();
      await phone.context.setOffline(true);
      await phone.page.getByText('You are offline').waitFor();
      await look('offline');
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])));
      expect(Object.keys(found)).toHaveLength(12);
    }, 60_000);

    it('fits a small screen', async () => {
      await phone.page.setViewportSize(small);
      expect(await phone.page.evaluate(overflow)).toBe(0);
      await link('Phones and passkeys').click();
      await phone.page.getByRole('button', { name: 'Remove' }).first().click();
      expect(await phone.page.evaluate(overflow)).toBe(0);
      expect(await button('Remove').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      await button('Keep').click();
    });

    it('shows text of others as text, isolated, with characters that nobody sees made visible', async () => {
      const message = '<img src=x onerror=alert(1)>\u202egnihton\u2066';
      const authorization_details = JSON.stringify([
        { type: 'a', '<b>name</b>': '\u0007<script>1</script>\u200f', שם: 'ערך' },
      ]);
      await ask({ binding_message: message, authorization_details });
      const shown = await phone.page.getByRole('article').innerText();
      expect(shown).toContain('<img src=x onerror=alert(1)>⟨U+202E⟩gnihton⟨U+2066⟩');
      expect(shown).toContain('⟨U+0007⟩<script>1</script>⟨U+200F⟩');
      expect(await phone.page.locator('main :is(img, b, script)').count()).toBe(0);
      for (const text of ['gnihton', 'name', 'ערך']) {
        const found = phone.page.getByText(text).last();
        const tag = await found.evaluate(({ tagName }) => tagName);
        expect(tag).toBe('BDI');
      }
      expect(phone.complaints).toEqual([]);
    });

    it('works with the keyboard alone, and leaves the focus where a screen reader reads on', async () => {
      const focused = () => phone.page.evaluate('document.activeElement.textContent');
      const tabTo = async (text: string) => {
        for (let presses = 0; presses < 12; presses += 1) {
          await phone.page.keyboard.press('Tab');
          if ((await focused()) === text) return;
        }
        throw new Error(`the Tab key does not lead to ${text}`);
      };
      await ask(asked);
      expect(await focused()).toBe('Opera ticket shop');
      await tabTo('Deny');
      await tabTo('Approve');
      await phone.page.keyboard.press('Enter');
      await heading('Approved').waitFor();
      expect(await focused()).toBe('Approved');
      await phone.page.keyboard.press('Shift+Tab');
      expect(await focused()).toBe('Phones and passkeys');
      await phone.page.keyboard.press('Enter');
      await phone.page.getByRole('button', { name: 'Remove' }).first().waitFor();
      await tabTo('Remove');
      await phone.page.keyboard.press('Enter');
      await phone.page.getByRole('dialog').waitFor();
      await phone.page.keyboard.press('Escape');
      await phone.page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await focused()).toBe('Remove');
    });

    it('ends by itself when the time is over', async () => {
      await ask({ ...asked, requested_expiry: '60' });
      await phone.letTimePass(30_000);
      await button('Approve').waitFor();
      await phone.letTimePass(30_000);
      await heading('Expired').waitFor();
      expect(await button('Approve').count()).toBe(0);
    });

    it('says that it is offline, even when it is opened then', async () => {
      await phone.context.setOffline(true);
      await phone.page.getByRole('status').getByText('You are offline').waitFor();
      await phone.page.reload();
      await phone.page.getByRole('status').getByText('You are offline').waitFor();
      await phone.context.setOffline(false);
      await phone.letTimePass(3000);
      await phone.page.getByText('Nothing to approve').waitFor();
      expect(await phone.page.getByRole('status').textContent()).toBe('');
    });

    it('keeps the page and its files, which are immutable, and no page of the host', async () => {
      await phone.page.evaluate("fetch('account').then(() => fetch('api/state', { method: 'POST' }))");
      const paths = (await phone.page.evaluate(kept)) as string[];
      expect(paths).toContain('/device/');
      for (const path of paths.filter((each) => each !== '/device/')) {
        expect(path).toMatch(/^\/device\/[\w-]+\.[\w-]{12}\.\w+$/);
        const { headers } = await fetch(site.origin + path);
        expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      }
    });

    it('approves nothing before its end was on the screen, and shows its amount above the message', async () => {
      const long = [
        { type: 'payment', instructedAmount: { currency: 'EUR', amount: '5000.00' }, creditorName: 'Mallory' },
        ...Array.from({ length: 12 }, (_, index) => ({ type: 'note', text: `line ${index}` })),
      ];
      const recorded = site.records.length;
      await ask({ binding_message: 'words '.repeat(80), authorization_details: JSON.stringify(long) });
      const top = (selector: string) =>
        phone.page
          .locator(selector)
          .first()
          .evaluate((element) => element.getBoundingClientRect().top);
      expect(await top('.amount')).toBeLessThan(await top('.request-message'));
      expect(await button('Approve').count()).toBe(0);
      // Looked at and pressed in one turn of the page: a click of Playwright's waits for the button, which may be Approve by then.
      const press = `(() => {
        const button = document.querySelector('.approve');
        if (button.textContent === 'Read on') button.click();
        return button.textContent;
      })()`;
      while ((await phone.page.evaluate(press)) === 'Read on') {
        await phone.page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
      }
      expect(site.records).toHaveLength(recorded);
      await phone.letTimePass(500);
      await button('Approve').click();
      await heading('Approved').waitFor();
    });

    it('lets nobody decide in its first half second', async () => {
      const id = transactionId(await site.ask(asked));
      const press = await phone.page.evaluate(`new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          const buttons = [...document.querySelectorAll('.buttons button')];
          if (buttons.length === 0) return;
          observer.disconnect();
          for (const button of buttons) button.click();
          resolve(buttons.map(({ ariaDisabled }) => ariaDisabled));
        }).observe(document.querySelector('main'), { childList: true });
        location.hash = 'request=${id}';
      })`);
      expect(press).toEqual(['true', 'true']);
      await phone.letTimePass(500);
      await phone.page.locator('.approve:not([aria-disabled])').waitFor();
      expect(await button('Undo').count()).toBe(0);
    });

    it('shows no answer that comes late: the screen is that of its address', async () => {
      const slow = transactionId(await site.ask({ binding_message: 'SLOW-1' }));
      const quick = transactionId(await site.ask({ binding_message: 'QUICK-2' }));
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await phone.page.route('**/api/request', async (route) => {
        if (route.request().postData()?.includes(slow)) await held;
        await route.continue();
      });
      await phone.page.evaluate(`location.hash = 'request=${slow}'`);
      await phone.page.evaluate(`location.hash = 'request=${quick}'`);
      await phone.page.getByText('QUICK-2').waitFor();
      const late = phone.page.waitForResponse((response) => response.request().postData()?.includes(slow) ?? false);
      release();
      await (await late).finished();
      await phone.letTimePass(500);
      await phone.page.locator('.approve:not([aria-disabled])').waitFor();
      expect(await phone.page.getByRole('main').textContent()).toContain('QUICK-2');
      await phone.deny();
      await heading('Denied').waitFor();
      await phone.page.evaluate(`location.hash = ''`);
      await link('SLOW-1').waitFor();
    });

    it('takes a denial back for three seconds, and reports what the user did not ask for', async () => {
      reported.length = 0;
      const id = transactionId(await ask(asked));
      await button('Deny').click();
      await button('Undo').click();
      await phone.letTimePass(500);
      await button('I did not ask for this').click();
      await button('Undo').waitFor();
      expect(reported).toEqual([]);
      await phone.letTimePass(3000);
      await heading('Denied').waitFor();
      await phone.page.getByText('your report was sent').waitFor();
      expect(reported).toEqual([id]);
    });

    it('stays neutral where the user does not confirm', async () => {
      await ask(asked);
      await phone.setUserVerified(false);
      await button('Approve').click();
      const said = phone.page.getByText('You did not confirm');
      await said.waitFor();
      const color = (element: string) =>
        phone.page.evaluate(`getComputedStyle(document.querySelector('${element}')).color`);
      expect(await color('.problem')).toBe(await color('h1'));
    });

    it('can be installed', async () => {
      const { errors, data } = await phone.session.send('Page.getAppManifest');
      expect(errors).toEqual([]);
      expect(JSON.parse(data ?? '')).toMatchObject({ name: 'Example Bank', display: 'standalone', scope: './' });
      const { installabilityErrors } = await phone.session.send('Page.getInstallabilityErrors');
      expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
    });

    it('moves nothing where the user wants less motion, and little elsewhere', async () => {
      const animation = "getComputedStyle(document.querySelector('main > *')).animationName";
      expect(await phone.page.evaluate(animation)).toBe('none');
      await phone.page.emulateMedia({ reducedMotion: 'no-preference' });
      expect(await phone.page.evaluate(animation)).toBe('appear');
    });
  });

  describe('of a phone that pays', () => {
    beforeAll(async () => {
      site = await deviceSite(host, {
        payment: ([detail]) => {
          const { instructedAmount, creditorName } = detail as ExactDetail;
          const { amount, currency } = instructedAmount as Record<string, string>;
          return { amount: `${amount} ${currency}`, payee: String(creditorName) };
        },
      });
    });
    afterEach(reset);
    afterAll(putAway);

    describe('in English', () => {
      beforeAll(async () => {
        phone = await phones.open();
        await phone.setUp();
      });

      it('says which agent asks, and of which client, in the list and in the request', async () => {
        await site.ask({ ...asked, binding_message: 'OTHER-1' });
        await site.ask({ ...asked, agent: 'Trip planner' });
        await refresh();
        await link('Trip planner, an agent of Opera ticket shop').click();
        await heading('Trip planner, an agent of Opera ticket shop,').waitFor();
        expect(await phone.page.getByText('asks for your approval').count()).toBeGreaterThan(0);
        await phone.page.getByText('Details', { exact: true }).click();
        const article = await phone.page.getByRole('article').innerText();
        expect(article).toMatch(/Agent ID\s+agent-7\s+Agent identified by\s+https:\/\/agents\.example\.net/);
        expect(phone.complaints).toEqual([]);
      });

      it('shows amount and payee first', async () => {
        await ask(asked);
        const parts = await phone.page.getByRole('article').locator('> *').allInnerTexts();
        expect(parts[0]).toContain('Opera ticket shop');
        expect(parts[1]).toMatch(/Amount\s+89\.90 EUR\s+To\s+Opera Leipzig/);
        expect(parts[2]).toContain('TRANSFER-0815');
      });

      it('is not painted over: marks are shown by their numbers, and blocks are clipped', async () => {
        const authorization_details = JSON.stringify([{ ...payment, creditorName: 'O\u0336pera' }]);
        await ask({ binding_message: 'a\u0301\u0301\u0301', authorization_details });
        const text = await phone.page.getByRole('article').innerText();
        expect(text).toContain('O⟨U+0336⟩pera');
        expect(text).toContain('a⟨U+0301⟩⟨U+0301⟩⟨U+0301⟩');
        const box = phone.page.locator('.request-payment');
        const before = await box.screenshot();
        await phone.page.evaluate(
          `document.querySelector('.request-message bdi').textContent = 'a' + '\u0301'.repeat(68)`,
        );
        expect((await box.screenshot()).equals(before)).toBe(true);
      });
    });

    describe('in German', () => {
      beforeAll(async () => {
        phone = await phones.open({ locale: 'de' });
        await phone.setUp();
      });

      it('fits a small screen, with the longest texts, and has both buttons in reach of a thumb, far apart', async () => {
        await phone.page.setViewportSize(small);
        const longest = Object.fromEntries(
          Array.from({ length: 30 }, (_, index) => [`member${index}`, 'y'.repeat(200)]),
        );
        const instructedAmount = { currency: 'EUR', amount: '1234567.89' };
        const authorization_details = JSON.stringify([
          { type: 'z'.repeat(100), instructedAmount, creditorName: 'x'.repeat(120), ...longest },
        ]);
        await ask({ binding_message: 'w'.repeat(200), authorization_details });
        expect(await phone.page.evaluate(overflow)).toBe(0);
        const deny = await button('Ablehnen').boundingBox();
        const approve = await button('Weiterlesen').boundingBox();
        if (!deny || !approve) throw new Error('a button is not there');
        for (const { y, height, x, width } of [deny, approve]) {
          expect(y).toBeGreaterThan(small.height / 2);
          expect(y + height).toBeLessThanOrEqual(small.height);
          expect(height).toBeGreaterThanOrEqual(48);
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(small.width);
        }
        expect(approve.x - (deny.x + deny.width)).toBeGreaterThanOrEqual(44);
        // Nothing is hidden behind the buttons at the end of the request.
        await phone.page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
        const end = await phone.page.getByRole('article').evaluate((article) => article.getBoundingClientRect().bottom);
        const bar = await phone.page.locator('.decide').evaluate((footer) => footer.getBoundingClientRect().top);
        expect(end).toBeLessThanOrEqual(bar);
      });

      it('hides the navigation while the user decides, shows what was approved, and leads to the next request', async () => {
        const authorization_details = JSON.stringify([
          { ...payment, instructedAmount: { currency: 'EUR', amount: '1234.50' } },
        ]);
        await site.ask({ binding_message: 'NEXT-1', authorization_details });
        await ask({ binding_message: 'FIRST-1', authorization_details });
        expect(await phone.page.getByRole('navigation').isVisible()).toBe(false);
        await phone.page.getByText('Konto: Alice Arendt').waitFor();
        expect(await phone.page.getByText('1.234,50 EUR').count()).toBe(1);
        await button('Freigeben').click();
        await phone.page.getByText('Sie haben 1.234,50 EUR an Opera Leipzig freigegeben.').waitFor();
        await link('NEXT-1').click();
        await phone.page.getByText('NEXT-1').waitFor();
        await button('Freigeben').waitFor();
      });
    });
  });

  describe('of a phone of its own', () => {
    afterEach(async () => {
      jest.useRealTimers();
      await putAway();
    });

    /** A bank, and a browser that is no phone yet. */
    async function start(options?: Partial<AuthenticationDeviceOptions>): Promise<void> {
      site = await deviceSite(host, options);
      phone = await phones.open();
    }

    // There is no push service for a headless browser: the page is given a subscription at the one of the spec.
    async function makeSubscribable(): Promise<void> {
      await phone.context.grantPermissions(['notifications'], { origin: site.origin });
      const subscription = JSON.stringify(site.pushService.subscribe());
      await phone.page.evaluate(`PushManager.prototype.getSubscription = async () => null;
        PushManager.prototype.subscribe = async () => ({ options: {}, toJSON: () => (${subscription}) });`);
    }

    /** Hands what the push service got to the service worker. */
    async function deliver(text: string): Promise<void> {
      const registered = new Promise<string>((resolve) => {
        phone.session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
          const current = registrations.find(({ isDeleted }) => !isDeleted);
          if (current) resolve(current.registrationId);
        });
      });
      await phone.session.send('ServiceWorker.enable');
      const registrationId = await registered;
      await phone.session.send('ServiceWorker.deliverPushMessage', { origin: site.origin, registrationId, data: text });
    }

    // Nobody asks for the notifications before they are shown: Chromium takes one that is about to be for one that the
    // user has put away, and forgets it.
    const watch = `(() => {
      const { showNotification } = registration;
      self.shown = new Promise((resolve, reject) => {
        registration.showNotification = (...all) => {
          const showing = showNotification.apply(registration, all);
          showing.then(resolve, reject);
          return showing;
        };
      });
    })()`;
    const notifications = `shown.then(() => registration.getNotifications()).then((all) =>
      all.map(({ title, body, tag, lang, actions }) => ({ title, body, tag, lang, actions: actions?.length ?? 0 })))`;

    it('is allowed pushes, and shows a notification that says nothing of the request; opened, it shows all', async () => {
      await start();
      const started = phone.context.waitForEvent('serviceworker');
      await phone.setUp();
      await makeSubscribable();
      await button('Allow notifications').click();
      await button('Allow notifications').waitFor({ state: 'detached' });
      await link('Phones and passkeys').click();
      await phone.page.getByText('gets notifications').waitFor();

      const id = transactionId(await site.ask(asked));
      await site.pushService.received(1);
      const { text } = site.pushService.pushes.at(-1) as { text: string };
      expect(JSON.parse(text)).toEqual({ request: id });
      const worker = await started;
      await worker.evaluate(watch);
      // Notifications do not depend on what the site answers.
      const bank = host.serve((_req, res) => res.writeHead(503).end('<!doctype html><title>Log in</title>'));
      await deliver(text);
      expect(await worker.evaluate(notifications)).toEqual([
        {
          title: 'Your approval is needed',
          body: 'Open to see who asks, and for what.',
          tag: id,
          lang: 'en',
          actions: 0,
        },
      ]);

      host.serve(bank);
      await worker.evaluate(`registration.getNotifications().then(([notification]) =>
        self.dispatchEvent(new NotificationEvent('notificationclick', { notification })))`);
      await heading('Opera ticket shop').waitFor();
      await phone.page.getByText('TRANSFER-0815').waitFor();
    });

    it('says that an approval has not reached the client yet, and when it has', async () => {
      fakeOnly('Date', 'setInterval', 'clearInterval');
      let isAway = true;
      await start({
        complete: async () => {
          if (isAway) throw Object.assign(new Error('away'), { code: 'ERR_AUTHLETE_UNREACHABLE' });
        },
      });
      await phone.setUp();
      await ask(asked);
      await button('Approve').click();
      await heading('Approved, not yet delivered').waitFor();
      isAway = false;
      jest.advanceTimersByTime(2000);
      await phone.letTimePass(2000);
      await heading('Approved').waitFor();
    });

    it('works from the network where the browser has no room to store it', async () => {
      await start();
      await phone.session.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 1 });
      await phone.setUp();
      await phone.page.evaluate('navigator.serviceWorker.ready');
      await phone.page.reload();
      await phone.page.getByText('Nothing to approve').waitFor();
      expect(await phone.page.evaluate(kept)).toEqual([]);
      await phone.session.send('Storage.overrideQuotaForOrigin', { origin: site.origin });
    });

    it('leads to the login of the host and back, with and without a passkey, and names phones apart', async () => {
      await start({ signIn: '/login' });
      await phone.page.setViewportSize(small);
      await phone.open('#request=an-id');
      await button('I have a passkey').waitFor();
      expect(await phone.page.evaluate(overflow)).toBe(0);
      await link('I have no passkey yet').click();
      await phone.page.waitForURL('**/login');
      await phone.page.goto(`${site.origin}/device/`);
      await button('Set up this phone').click();
      await heading('Request not found').waitFor();
      await link('Phones and passkeys').click();
      await phone.page.getByText('Chrome on Linux').first().waitFor();
      await phone.page.getByRole('button', { name: 'Rename' }).click();
      await phone.page.getByRole('textbox').fill('Work phone');
      await button('Save').click();
      await phone.page.getByText('Work phone').waitFor();
    });

    it('shows logo and accent of the host', async () => {
      const accent = { light: '#7a1fa2', dark: '#e1bee7' };
      await start({ logo: '/logo.svg', accent });
      await phone.open();
      const background = () =>
        phone.page.evaluate("getComputedStyle(document.querySelector('button.primary')).backgroundColor");
      expect(await background()).toBe('rgb(122, 31, 162)');
      await phone.page.emulateMedia({ colorScheme: 'dark' });
      expect(await background()).toBe('rgb(225, 190, 231)');
      expect(await phone.page.locator('.logo').getAttribute('src')).toBe(`${site.origin}/logo.svg`);
    });
  });
});
