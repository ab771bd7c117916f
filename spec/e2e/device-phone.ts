import { isDeepStrictEqual } from 'node:util';
import { transactionId } from 'ciba-backchannel';
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright-core';

/** A phone: a browser with cookies of its own, and an authenticator that holds passkeys. */
export interface Phone {
  context: BrowserContext;
  page: Page;
  /** What the browser complained about: a violated Content-Security-Policy, an error in a script. */
  complaints: string[];
  /** Opens the phone's page. */
  open(hash?: string): Promise<void>;
  /** Signs in with the bank: has the cookie of its login. */
  logIn(user?: string): Promise<void>;
  /** Signs in with the bank, then sets up the phone. */
  setUp(user?: string): Promise<void>;
  /** Whether its user can unlock it. */
  setUserVerified(isUserVerified: boolean): Promise<void>;
  /** Has another phone's passkeys, as if an account had synchronised them. */
  takePasskeys(of: Phone): Promise<void>;
  /** Shows a request, as by a notification, and lets the time pass in which nothing can be decided. */
  show(authReqId: string): Promise<void>;
  /** Presses Deny, and lets the time pass in which that can be taken back. */
  deny(): Promise<void>;
  /** Has so many milliseconds pass on the phone. */
  letTimePass(milliseconds: number): Promise<void>;
  /** Ends what a spec has done to it; it stays the phone that it is. */
  reset(): Promise<void>;
  session: CDPSession;
  authenticatorId: string;
}

export interface PhoneOptions extends BrowserContextOptions {
  /** Whether its time can be made to pass; it does by default. */
  hasClock?: boolean;
}

const usualViewport = { width: 390, height: 844 };

/** The phones of a suite, for one site. */
export interface Phones {
  open(options?: PhoneOptions): Promise<Phone>;
  /** Ends the use of all phones, and has them forget all. */
  putAway(): Promise<void>;
}

/** A phone that was put away is as good as new: it is opened again where one with its options is asked for. */
export function phonesFor(browser: Browser, origin: string): Phones {
  const used = new Map<Phone, PhoneOptions>();
  const idle = new Map<Phone, PhoneOptions>();

  return {
    async open(options = {}) {
      const [found] = [...idle].find(([, others]) => isDeepStrictEqual(others, options)) ?? [];
      const phone = found ?? (await newPhone(browser, origin, options));
      idle.delete(phone);
      used.set(phone, options);
      return phone;
    },
    async putAway() {
      const over = [...used];
      used.clear();
      await Promise.all(over.map(([phone]) => forgetAll(phone, origin)));
      for (const [phone, options] of over) idle.set(phone, options);
    },
  };
}

async function newPhone(
  browser: Browser,
  origin: string,
  { hasClock = true, ...options }: PhoneOptions,
): Promise<Phone> {
  const context = await browser.newContext({
    viewport: usualViewport,
    locale: 'en',
    reducedMotion: 'reduce',
    hasTouch: true,
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  if (hasClock) await page.clock.install();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser reports every answer that is an error, and being offline.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });

  const phone: Phone = {
    context,
    page,
    complaints,
    session,
    authenticatorId,
    async open(hash = '') {
      await page.goto(`${origin}/device/${hash}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    async logIn(user = 'alice') {
      await context.addCookies([{ name: 'user', value: user, url: origin }]);
    },
    async setUp(user) {
      await phone.logIn(user);
      await phone.open();
      await page.getByRole('button', { name: /Set up this phone|Dieses Telefon einrichten/ }).click();
      await page.getByRole('heading', { level: 1, name: /^(?:Requests|Anfragen)$/ }).waitFor();
    },
    async setUserVerified(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    async takePasskeys(of) {
      const { credentials } = await of.session.send('WebAuthn.getCredentials', { authenticatorId: of.authenticatorId });
      for (const credential of credentials) {
        await session.send('WebAuthn.addCredential', { authenticatorId, credential });
      }
    },
    async show(authReqId) {
      await page.evaluate(`location.hash = 'request=${transactionId(authReqId)}'`);
      // Cards of the list have timers too.
      await page.locator('.decide').waitFor();
      await phone.letTimePass(500);
    },
    async deny() {
      await page.getByRole('button', { name: /^(?:Deny|Ablehnen)$/ }).click();
      await page.getByRole('button', { name: /^(?:Undo|Rückgängig)$/ }).waitFor();
      await phone.letTimePass(3000);
    },
    async letTimePass(milliseconds) {
      await page.clock.fastForward(milliseconds);
    },
    async reset() {
      await context.setOffline(false);
      await page.unrouteAll();
      await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: null });
      await page.setViewportSize(options.viewport ?? usualViewport);
      await phone.setUserVerified(true);
      await page.evaluate("location.hash = ''; dispatchEvent(new Event('refresh'))");
      complaints.length = 0;
    },
  };
  return phone;
}

async function forgetAll(phone: Phone, origin: string): Promise<void> {
  const { context, page, session, authenticatorId, complaints } = phone;
  await phone.reset();
  await context.clearPermissions();
  // A page of the site that asks it nothing, and that no service worker serves.
  await page.goto(`${origin}/login`);
  await context.clearCookies();
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await session.send('WebAuthn.clearCredentials', { authenticatorId });
  complaints.length = 0;
}
