// Who may sign in, on a real depot: an admin lets people and a wall in, and out again while their pages are open.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { Pages } from './pages.mjs';
import { PASSWORD, RealDepot, withDepot } from './real-depot.mjs';

let browser;
/** @type {RealDepot} */ let depot;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  if (withDepot.skip) return;
  depot = new RealDepot();
  await depot.start();
});
afterEach(async () => { await depot?.close(); });

async function signedIn(user, password, path = '/') {
  const page = await openPage(browser);
  const pages = new Pages(page, depot.url);
  await pages.open(path);
  await pages.signIn(user, password);
  return { page, pages };
}

const operators = (args, input = '') => JSON.parse(depot.run(['operator', ...args, '--data', depot.data, '--json'], input));

test('An admin lets a person in on the settings page, and out: that person’s open page ends at once', withDepot, async () => {
  const { page } = await signedIn('admin', PASSWORD, '/settings');
  await page.fill('input[name=operator]', 'weber');
  await page.selectOption('select[name=role]', 'viewer');
  await page.fill('input[name=new-password]', 'eleven tired nurses');
  await page.click('.access form button');
  await page.waitForSelector('.access li:has-text("weber")');
  const weber = await signedIn('weber', 'eleven tired nurses');
  await page.click('button[aria-label="Remove weber"]');
  assert.deepEqual(await faults(page), []);
  await page.click('.access button.danger');
  await page.waitForSelector('.access li:has-text("weber")', { state: 'detached' });
  await weber.page.waitForSelector('input[name=user]');
  await page.context().close();
  await weber.page.context().close();
});

test('A removal that is refused says why and leaves the row', withDepot, async () => {
  const { page } = await signedIn('admin', PASSWORD, '/settings');
  await page.click('button[aria-label="Remove admin"]');
  await page.click('.access button.danger');
  await page.waitForSelector('.access .problem:has-text("last admin")');
  await page.waitForSelector('.access li:has-text("admin")');
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});

test('A technician sees no list of operators', withDepot, async () => {
  operators(['add', 'meier', '--role', 'technician'], 'night shift 1234\n');
  const { page } = await signedIn('meier', 'night shift 1234', '/settings');
  await page.waitForSelector('main:has-text("Versions")');
  assert.equal(await page.locator('.access').count(), 0);
  await page.context().close();
});

test('A wall opens by its link, keeps nothing of it in its address, survives a power cut and a new tab, and ends when it is revoked', withDepot, async () => {
  const { link } = operators(['add', 'hall', '--role', 'wall']);
  const page = await openPage(browser);
  const pages = new Pages(page, depot.url);
  await page.goto(link);
  await page.waitForSelector('.wall');
  await pages.waitLive();
  assert.equal(new URL(page.url()).hash, '');
  assert.equal(await page.locator('a:has-text("Leave the wall")').count(), 0);
  await depot.kill();
  await page.waitForSelector('.stale-banner', { timeout: 30_000 });
  await depot.start();
  await pages.waitLive(60_000);
  const again = await page.context().newPage();
  await again.goto(new URL('/', page.url()).href); // Only the wall, wherever it points its browser.
  await again.waitForSelector('.wall .badge:has-text("Live")');
  operators(['remove', 'hall']);
  for (const tab of [page, again]) await tab.waitForSelector('input[name=user]');
  await page.goto('about:blank');
  await page.goto(link);
  await page.waitForSelector('.problem:has-text("not valid any more")');
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});
