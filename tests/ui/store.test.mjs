// Images, evidence and the custody log of a real depot while it runs: checked, imported, exported, and found damaged.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, readSync, readdirSync, statSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { Pages } from './pages.mjs';
import { PASSWORD, RealDepot, withDepot } from './real-depot.mjs';

const SHOTS = process.env.SHOTS;
let browser;
/** @type {RealDepot} */ let depot;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  if (withDepot.skip) return;
  depot = new RealDepot();
  depot.fillStore();
  await depot.start();
});
afterEach(async () => { await depot?.close(); });

async function at(path) {
  const page = await openPage(browser);
  const pages = new Pages(page, depot.url);
  await pages.open(path);
  await pages.signIn('admin', PASSWORD);
  return page;
}

async function shoot(page, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

async function sha256(file) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}

/** One flipped bit in the middle of the largest pack. */
function damageStore() {
  const store = join(depot.data, 'store');
  const packs = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /pack|zst/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  const largest = packs.sort((a, b) => statSync(b).size - statSync(a).size)[0];
  const at = Math.floor(statSync(largest).size / 2);
  const file = openSync(largest, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

test('A sound image and sound evidence are checked at a click, and the pages say so', withDepot, async () => {
  const page = await at('/images');
  await page.click('button[aria-label^="Verify Ward PC"]');
  await page.waitForSelector('.card .status:has-text("Checked, all right")');
  assert.deepEqual(await faults(page), []);
  await page.goto(`${depot.url}/evidence`);
  await page.click('button[aria-label^="Verify ev-"]');
  await page.waitForSelector('.card .status:has-text("Checked, all right")');
  await page.goto(`${depot.url}/audit`);
  await page.click('button:has-text("Verify the whole log")');
  await page.waitForSelector('.card .status:has-text("Checked, all right")');
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});

test('One flipped bit in the store is called damage, with its place', withDepot, async () => {
  damageStore();
  const page = await at('/evidence');
  await page.click('button[aria-label^="Verify ev-"]');
  await page.waitForSelector('.card [role=alert]:has-text("Damaged")');
  assert.match(await page.innerText('.card [role=alert]'), /in \d+ places?, first at byte \d+/);
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});

test('Evidence is held, and deleted only when nobody holds it and it was meant', withDepot, async () => {
  const page = await at('/evidence');
  const order = async (name, fields) => {
    await page.click(`button[aria-label^="${name} ev-"]`);
    for (const [field, text] of Object.entries(fields)) await page.fill(`dialog input[name=${field}]`, text);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      assert.deepEqual(await faults(page), [], `${name} at ${size.width} px`);
      await shoot(page, `evidence-${name.toLowerCase().replace(' ', '-')}-${size.width}`);
    }
    await page.click('dialog form button:last-child');
  };
  const id = await page.getAttribute('.card[id^="ev-"]', 'id');
  await order('Hold', { reason: 'court order 7' });
  await page.waitForSelector('.card .status:has-text("Held by admin"):has-text("court order 7")');
  assert.equal(await page.$('button[aria-label^="Delete ev-"]'), null, 'what is held cannot be deleted');
  await order('Lift holds', { reason: 'the case is closed' });
  await page.waitForSelector('.card:not(:has-text("Held by")) button[aria-label^="Delete ev-"]');
  await page.click('button[aria-label^="Delete ev-"]');
  await page.fill('dialog input[name=reason]', 'no longer needed');
  await page.fill('dialog input[name=override]', 'the owner asked');
  await page.fill('dialog input[name=typed]', 'nonsense');
  assert.ok(await page.isDisabled('dialog form button.danger'), 'the end of its id must be typed');
  await page.click('dialog form button:has-text("Keep as it is")');
  await order('Delete', { reason: 'no longer needed', override: 'the owner asked', typed: id.slice(-6) });
  await page.waitForSelector(`.card:has-text("Deleted evidence"):has-text("${id}"):has-text("no longer needed")`);
  await page.waitForSelector(`#${id}`, { state: 'detached' });
  assert.deepEqual(await faults(page), []);
  await shoot(page, 'evidence-deleted-1920');
  await page.context().close();
});

test('The export link gives exactly the bytes of the record', withDepot, async () => {
  const page = await at('/evidence');
  const waiting = page.waitForEvent('download');
  await page.click('a:has-text("Export raw")');
  const file = await (await waiting).path();
  const { evidence } = await depot.call('GET', '/evidence');
  assert.equal(await sha256(file), evidence[0].sha256);
  assert.equal(await sha256(depot.disk), evidence[0].sha256);
  await page.context().close();
});

test('An image is imported while the depot runs and appears by itself; a wrong path says why', withDepot, async () => {
  const source = join(depot.folder, 'second.img');
  writeFileSync(source, randomBytes(3 << 20));
  const page = await at('/images');
  await page.fill('input[name=source]', join(depot.folder, 'nothing.img'));
  await page.fill('input[name=name]', 'Ward PC 2026-11');
  await page.click('.import button.primary');
  await page.waitForSelector('.problem');
  await page.fill('input[name=source]', source);
  await page.click('.import button.primary');
  await page.waitForSelector('.card h3:has-text("Ward PC 2026-11")');
  await page.waitForSelector('.import .status:has-text("Imported")');
  assert.deepEqual(await faults(page), []);
  await page.context().close();
});

test('A viewer sees no button that would be refused', withDepot, async () => {
  depot.run(['operator', 'add', 'weber', '--role', 'viewer', '--data', depot.data], 'eleven tired nurses\n');
  const page = await openPage(browser);
  const pages = new Pages(page, depot.url);
  await pages.open('/evidence');
  await pages.signIn('weber', 'eleven tired nurses');
  await page.waitForSelector('main:has-text("ev-")');
  assert.equal(await page.locator('main button').count(), 0);
  const links = page.locator('main a.button');
  assert.deepEqual(await links.allTextContents(), ['Report']);
  const report = await page.request.get(new URL(await links.getAttribute('href'), depot.url).href);
  assert.equal(report.status(), 200);
  await page.context().close();
});
