// Chromium as the tests use it: Debian's, headless, with a fresh profile and nothing that phones home.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const DESK = { width: 1920, height: 1080 };
export const PHONE = { width: 390, height: 844 };

/** Starts a browser. Throws with what to install when there is none. @param {{home?: string}} [options] home: whose trusted authorities count */
export async function launch({ home } = {}) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error('no Chromium found; install it with: apt-get install chromium');
  return chromium.launch({ executablePath, args: ARGS, env: home ? { ...process.env, HOME: home } : process.env });
}

/**
 * A page of its own profile. Errors in the page and breaches of its policy are collected in `page.troubles`.
 * @param {import('playwright-core').Browser} browser
 * @param {{size?: {width: number, height: number}, scheme?: 'dark'|'light', worker?: boolean, strict?: boolean}} [options]
 *   strict: certificates count, as they do for a person
 */
export async function openPage(browser, { size = DESK, scheme = 'dark', worker = true, strict = false } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, ignoreHTTPSErrors: !strict, locale: 'en-GB', timezoneId: 'UTC' });
  if (!worker) await context.addInitScript(() => { delete (/** @type {any} */ (globalThis).SharedWorker); });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) page.troubles.push(`console: ${text}`);
  });
  return page;
}
