import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import type { DeviceSite } from './device-site.js';

/** A phone: a browser with cookies of its own, and an authenticator that holds passkeys. */
export interface Phone {
  context: BrowserContext;
  page: Page;
  /** What the browser complained about: a violated Content-Security-Policy, an error in a script. */
  complaints: string[];
  /** Opens the phone's page. */
  open(hash?: string): Promise<void>;
  /** Signs in with the bank, then sets up the phone. */
  setUp(): Promise<void>;
  /** Whether its user can unlock it. */
  setUserVerified(isUserVerified: boolean): Promise<void>;
  /** Has another phone's passkeys, as if an account had synchronised them. */
  takePasskeys(of: Phone): Promise<void>;
  session: CDPSession;
  authenticatorId: string;
}

export async function openPhone(
  browser: Browser,
  site: DeviceSite,
  options: BrowserContextOptions = {},
): Promise<Phone> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 800 },
    locale: 'en',
    reducedMotion: 'reduce',
    hasTouch: true,
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
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
      await page.goto(`${site.origin}/device/${hash}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    async setUp() {
      await page.goto(`${site.origin}/login`);
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
  };
  return phone;
}
