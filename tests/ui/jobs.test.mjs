// Jobs and backups on the pages of a real depot: begun, stopped, begun again, and what a power cut of the depot leaves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { Pages } from './pages.mjs';
import { PASSWORD, RealDepot, withDepot } from './real-depot.mjs';

const { skip } = withDepot;
/** @type {RealDepot} */ let depot;
let browser;
/** @type {Pages} */ let pages;
/** @type {import('playwright-core').Page} */ let page;

before(async () => {
  if (skip) return;
  depot = new RealDepot();
  depot.fillStore();
  const rules = join(depot.folder, 'rules');
  mkdirSync(rules);
  writeFileSync(join(rules, 'test.yar'), 'rule Resus_Test { strings: $a = "RESUS-TEST-WORM" condition: $a }\n');
  depot.config = join(depot.folder, 'resus.toml');
  writeFileSync(depot.config, `[scan]\nrules = "${rules}"\n`);
  writeFileSync(join(depot.folder, 'worm.exe'), 'MZ RESUS-TEST-WORM');
  execFileSync('tar', ['-C', depot.folder, '-cf', join(depot.folder, 'ward.tar'), 'worm.exe']);
  depot.large = join(depot.folder, 'large.img');
  writeFileSync(depot.large, 'a large disk, mostly empty');
  truncateSync(depot.large, 24 * 2 ** 30); // Sparse: long enough to be interrupted.
  await depot.start();
  browser = await launch();
  page = await openPage(browser, { size: PHONE });
  pages = new Pages(page, depot.url);
  await pages.open('/');
  await pages.signIn('admin', PASSWORD);
});
after(async () => {
  await browser?.close();
  await depot?.close();
});

const card = (title, state) => `.card[data-job]:has(h2:has-text("${title}")):has(.status:has-text("${state}"))`;

test('A backup is added from the page, scanned, and scanned again', withDepot, async () => {
  await pages.move('/images');
  await page.fill('input[name=archive]', join(depot.folder, 'ward.tar'));
  await page.fill('input[name=backup-name]', 'ward');
  await page.click('form[name=add-backup] button:has-text("Add")');
  await page.waitForSelector('.card[data-backup]:has-text("Malware found")');
  await page.click('button[aria-label="Scan again: ward"]');
  await page.waitForSelector('.card[data-backup] .status:has-text("Scanned")');
  assert.deepEqual(await faults(page), []);
});

test('A path the depot must not read is refused with what to do next', withDepot, async () => {
  await pages.move('/images');
  await page.fill('input[name=archive]', join(depot.data, 'catalogue.db'));
  await page.fill('input[name=backup-name]', 'own');
  await page.click('form[name=add-backup] button:has-text("Add")');
  await page.waitForSelector('.problem:has-text("own folder")');
});

test('The navigation leads to the jobs, which end, are stopped and begun again', withDepot, async () => {
  await page.click('.menu-button');
  await page.click('nav a:has-text("Jobs")');
  await page.waitForSelector(card('Adding backup ward', 'Done'));
  await depot.call('POST', '/images', { source: depot.large, name: 'large' });
  await page.click(`${card('Import of image large', 'Working')} button:has-text("Stop")`);
  await page.waitForSelector(card('Import of image large', 'Stopped'));
  assert.deepEqual(await faults(page), []);
  await page.click('button[aria-label="Try again: Import of image large"]');
  await page.waitForSelector(card('Import of image large', 'Working'));
});

test('A depot that is killed says what it interrupted, and a check goes on by itself', withDepot, async () => {
  const check = await depot.call('POST', '/custody/verify', {}); // Waits behind the import.
  await page.waitForSelector(card('Import of image large', 'Working'));
  await depot.kill();
  await depot.start();
  await pages.waitLive();
  await page.waitForSelector(card('Import of image large', 'Interrupted'));
  assert.match(await page.innerText(`${card('Import of image large', 'Interrupted')} .problem`), /nothing half done.*Begin it again/s);
  await page.waitForSelector(`.card[data-job="${check.id}"] .status:has-text("Done")`);
  assert.deepEqual(await faults(page), []);
  const wide = await openPage(browser, { size: DESK, scheme: 'light' });
  await new Pages(wide, depot.url).open('/');
  await new Pages(wide, depot.url).signIn('admin', PASSWORD);
  await new Pages(wide, depot.url).move('/jobs');
  await wide.waitForSelector(card('Import of image large', 'Interrupted'));
  assert.deepEqual(await faults(wide), []);
  await wide.context().close();
});
