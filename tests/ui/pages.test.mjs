// Every page at both sizes, dark and light: axe, overflow, targets. Screenshots go to $SHOTS when it is set.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { busyRoom, jobs } from './mock-data.mjs';
import { MockDepot } from './mock-depot.mjs';
import { Pages } from './pages.mjs';

const SHOTS = process.env.SHOTS;
const depot = new MockDepot({ machines: busyRoom(60) });
depot.jobs = jobs;
const ids = Object.fromEntries([...depot.machines.values()].map((machine) => [machine.slot, machine.id]));
const PATHS = ['/', `/m/${ids.A07}`, `/m/${ids.A01}`, '/approve', `/approve?ids=${ids.A10}`, `/approve?ids=${ids.A18},${ids.A19}`, '/evidence',
  '/images', '/jobs', '/reports', '/audit', '/settings', '/help/E-READ-01', '/help/E-NONE-99', '/no-such-page', '/wall'];
let browser;
let base;

before(async () => {
  base = await depot.start();
  browser = await launch();
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await depot.stop();
});

async function check(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  assert.deepEqual(await faults(page), [], name);
}

/** Opens the actions of a machine and one question of it. */
async function checkDialogs(page, name) {
  await page.locator(`[data-id="${ids.A03}"] button:has-text("Actions")`).click();
  await page.waitForSelector('dialog .menu');
  await check(page, `${name}-sheet`);
  await page.click('dialog .menu button:has-text("Stop")');
  await page.waitForSelector('dialog input[name=intent]');
  await check(page, `${name}-stop`);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
}

test('Jobs of investigators say what they did, and a scrub how much is damaged', async () => {
  const page = await openPage(browser, { size: DESK, scheme: 'light' });
  const pages = new Pages(page, base);
  await pages.open('/');
  await pages.signIn('meier', 'night shift');
  await pages.move('/jobs');
  assert.match(await page.innerText('.card[data-job="j-6"]'), /Comparison of evidence ev-0123456789abcdef[^]*Compared/);
  assert.match(await page.innerText('.card[data-job="j-5"]'), /Check of store[^]*Damaged: 1 frame of 2 disks/);
  await page.context().close();
});

for (const [size, scheme] of [[DESK, 'dark'], [DESK, 'light'], [PHONE, 'dark'], [PHONE, 'light']]) {
  test(`Every page keeps its rules at ${size.width} px, ${scheme}`, async () => {
    const page = await openPage(browser, { size, scheme });
    const pages = new Pages(page, base);
    const name = (path) => `${path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'machines'}-${size.width}-${scheme}`;
    await pages.open('/');
    await page.waitForSelector('input[name=user]');
    await check(page, name('sign-in'));
    await pages.signIn('meier', 'night shift');
    await page.waitForSelector('[data-id]');
    await checkDialogs(page, name('dialog'));
    for (const path of PATHS) {
      if (path.startsWith('/no')) await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
      else await pages.move(path);
      await page.waitForTimeout(400);
      await check(page, name(path));
    }
    await page.context().close();
  });
}
