// What the pages say of time: when the batch is done, when a machine begins, where its time went.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESK, launch, openPage } from './browser.mjs';
import { machineOf } from './mock-data.mjs';
import { MockDepot } from './mock-depot.mjs';

const waiting = machineOf('waiting', 1);
const copying = machineOf('copying', 2);
const depot = new MockDepot({ machines: [waiting, copying], open: true });
const CLOCK = String.raw`\d\d:\d\d–\d\d:\d\d`;
let browser, base;

before(async () => {
  base = await depot.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await depot.stop();
});

/** The text of the first element that this selector finds. */
async function textAt(path, selector) {
  const page = await openPage(browser, { size: DESK, scheme: 'dark' });
  await page.goto(base + path);
  await page.waitForSelector(selector);
  const text = await page.textContent(selector);
  await page.context().close();
  return text;
}

test('The head line says when the batch is done', async () => {
  assert.match(await textAt('/', '.tiles .total:has-text("done")'), new RegExp(`2 machines · done ${CLOCK}`));
});

test('A machine that waits says when it starts', async () => {
  assert.match(await textAt('/', `[data-id="${waiting.id}"] .c-left`), new RegExp(`starts ${CLOCK}`));
});

test('The page of a machine says where its time went', async () => {
  assert.match(await textAt(`/m/${copying.id}`, 'section:has-text("Where the time went")'), /Copy13 minCheck.*so far/);
});
