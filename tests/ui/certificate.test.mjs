// A real depot over TLS: its authority trusted, or the browser's warning clicked away, and a power cut of the depot in between.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { launch, openPage } from './browser.mjs';
import { Pages } from './pages.mjs';
import { PASSWORD, RealDepot, withDepot } from './real-depot.mjs';

let depot;
let home;
let browser;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'resus-home-'));
  depot = new RealDepot();
  await depot.start();
});
afterEach(async () => {
  await browser?.close();
  await depot.close();
  rmSync(home, { recursive: true, force: true });
});

/** Puts the depot's authority among those this person trusts. */
function trustAuthority() {
  const store = join(home, '.pki/nssdb');
  mkdirSync(store, { recursive: true });
  execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
  execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-n', 'Resus', '-t', 'C,,', '-i', depot.caFile]);
}

/** What a person does with "Your connection is not private". */
async function clickWarningAway(page) {
  await assert.rejects(page.goto(depot.url), /ERR_CERT_AUTHORITY_INVALID/);
  await page.click('#details-button');
  await page.click('#proceed-link');
  await page.waitForSelector('input[name=user]');
}

/** Opens streams as the page itself asks for them; what a worker asks is not among them. */
function ownStreams(page) {
  const streams = [];
  page.on('request', (request) => { if (request.url().endsWith('/api/v1/events')) streams.push(request); });
  return streams;
}

async function strictPage() {
  browser = await launch({ home });
  const page = await openPage(browser, { strict: true });
  return { page, pages: new Pages(page, depot.url), streams: ownStreams(page) };
}

async function surviveAPowerCut(page, pages) {
  await page.evaluate(() => { /** @type {any} */ (globalThis).notReloaded = true; });
  await depot.kill();
  await page.waitForSelector('.stale-banner:has-text("No contact with the depot since")', { timeout: 30_000 });
  await pages.waitGrey(true);
  await depot.start();
  await pages.waitLive(60_000);
  await pages.waitGrey(false);
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).notReloaded), true);
}

test('Over a warning that was clicked away, the page comes back after a restart without reload', withDepot, async () => {
  const { page, pages, streams } = await strictPage();
  await clickWarningAway(page);
  await pages.signIn('admin', PASSWORD);
  await surviveAPowerCut(page, pages);
  assert.ok(streams.length > 0, 'after the restart the page must have a stream of its own: the worker is refused');
});

test('With the authority trusted, all tabs share one stream, before and after a restart', withDepot, async () => {
  trustAuthority();
  const { page, pages, streams } = await strictPage();
  await pages.open('/');
  await pages.signIn('admin', PASSWORD);
  const second = await page.context().newPage();
  const more = ownStreams(second);
  await second.goto(`${depot.url}/images`);
  await second.waitForSelector('.badge:has-text("Live")');
  await surviveAPowerCut(page, pages);
  await second.waitForSelector('.badge:has-text("Live")', { timeout: 60_000 });
  assert.deepEqual([streams.length, more.length], [0, 0]);
});
