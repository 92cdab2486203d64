// The wall screen: everything in sight at any size, by turns; awake, never burning in, and new by itself.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { DESK, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { busyRoom } from './mock-data.mjs';
import { MockDepot } from './mock-depot.mjs';
import { Pages } from './pages.mjs';

const SHOTS = process.env.SHOTS;
const TURN_MS = 15_000;
const SHIFT_MS = 60_000;
let browser;
let depot;
let base;

before(async () => {
  browser = await launch();
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(async () => { await browser?.close(); });
beforeEach(async () => {
  depot = new MockDepot({ machines: busyRoom(120), open: true });
  base = await depot.start();
});
afterEach(async () => { await depot.stop(); });

async function wall(size = DESK, prepare = async () => {}) {
  const page = await openPage(browser, { size });
  await prepare(page);
  const pages = new Pages(page, base);
  await pages.open('/wall');
  await pages.waitLive();
  await page.waitForSelector('.cell');
  return { page, pages };
}
const turn = (page) => page.innerText('.wall-foot').then((text) => /page (\d+) of (\d+)/.exec(text)?.slice(1).map(Number) ?? [1, 1]);
/** So much later, drawn anew. */
async function later(page, ms) {
  await page.clock.fastForward(ms - 2_000);
  await page.clock.runFor(2_000);
}
const slots = (page) => page.$$eval('.cell .slot', (cells) => cells.map((cell) => cell.textContent));
const settled = (page) => page.waitForFunction(() => document.documentElement.scrollHeight <= innerHeight);

for (const size of [{ width: 1366, height: 768 }, DESK, { width: 3840, height: 2160 }]) {
  test(`At ${size.width} × ${size.height} every slot comes into sight by turns, without scrolling`, async () => {
    const { page } = await wall(size, (fresh) => fresh.clock.install());
    await page.clock.runFor(2_000);
    await settled(page);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `wall-${size.width}x${size.height}.png`) });
    assert.deepEqual(await faults(page), []);
    const [, turns] = await turn(page);
    const seen = new Set();
    // Twice: in a cold browser the made-up clock may lose one of its jumps (2 s seen instead of 15), and a turn with it.
    for (let at = 0; at < 2 * turns; at += 1) {
      for (const slot of await slots(page)) seen.add(slot);
      await later(page, TURN_MS);
    }
    assert.equal(seen.size, 120);
    await page.context().close();
  });
}

test('The wall moves a little every minute and comes round', async () => {
  const { page } = await wall(DESK, (fresh) => fresh.clock.install());
  const places = new Set();
  for (let minute = 0; minute < 10; minute += 1) {
    places.add(await page.$eval('.wall-head', (head) => getComputedStyle(head).translate));
    await later(page, SHIFT_MS);
  }
  assert.equal(places.size, 9);
  await page.context().close();
});

test('The wall asks that the screen stays on', async () => {
  const { page } = await wall(DESK, (fresh) => fresh.addInitScript(() => {
    const asked = /** @type {any} */ (globalThis).asked = [];
    const request = navigator.wakeLock.request.bind(navigator.wakeLock);
    navigator.wakeLock.request = (kind) => {
      asked.push(kind);
      return request(kind);
    };
  }));
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).asked), ['screen']);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test('A depot with another interface makes the wall load it, and other pages offer it', async () => {
  const { page, pages } = await wall();
  const other = await page.context().newPage();
  await other.goto(`${base}/images`);
  await other.waitForSelector('.badge:has-text("Live")');
  const mark = () => { /** @type {any} */ (globalThis).notReloaded = true; };
  const marked = () => /** @type {any} */ (globalThis).notReloaded === true;
  for (const tab of [page, other]) await tab.evaluate(mark);
  await depot.stop();
  depot.ui = 'fedcba9876543210';
  await depot.restart();
  await page.waitForFunction(() => /** @type {any} */ (globalThis).notReloaded === undefined && document.querySelector('.cell'), undefined, { timeout: 60_000, polling: 200 });
  await pages.waitLive();
  assert.match(await page.$eval('script[type=module]', (script) => /** @type {HTMLScriptElement} */ (script).src), /fedcba9876543210/);
  await other.waitForSelector('.banner:has-text("newer interface")', { timeout: 30_000 });
  assert.equal(await other.evaluate(marked), true);
  await page.context().close();
});
