// What people do with the pages: following, approving, acting in bulk, losing the depot and getting it back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { KINDS, busyRoom, machineOf } from './mock-data.mjs';
import { MockDepot } from './mock-depot.mjs';
import { Pages } from './pages.mjs';

const WAY = ['waiting', 'copying', 'verifying', 'imaging', 'restoring', 'testing', 'ready'];
let browser;
let depot;
let base;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });
beforeEach(async () => {
  depot = new MockDepot({ machines: busyRoom(40), open: true });
  base = await depot.start();
});
afterEach(async () => { await depot.stop(); });

async function at(path, options) {
  const page = await openPage(browser, options);
  const pages = new Pages(page, base);
  await pages.open(path);
  await pages.waitLive();
  return { page, pages };
}
const bySlot = (slot) => [...depot.machines.values()].find((machine) => machine.slot === slot);
/** A mark that only a reload would remove. */
const mark = (page) => page.evaluate(() => { /** @type {any} */ (globalThis).notReloaded = true; });
const marked = (page) => page.evaluate(() => /** @type {any} */ (globalThis).notReloaded === true);
function advance(id, kind) {
  const { stage, ...fields } = KINDS[kind];
  depot.change(id, { ...fields, progress: stage ? { stage, done: 1e9, total: 4e9, bps: 2e8 } : {}, evidence_id: 'ev-1', started_at: new Date().toISOString() });
}

test('The machine page follows a recovery from discovered to ready', async () => {
  const { page, pages } = await at(`/m/${bySlot('A10').id}`);
  const words = [await pages.statusWord()];
  for (const kind of WAY) {
    advance(bySlot('A10').id, kind);
    await page.waitForSelector(`.now[data-phase=${KINDS[kind].phase}]`);
    words.push(await pages.statusWord());
  }
  assert.deepEqual(words, ['Waiting for approval', 'Waiting its turn', 'Copying evidence', 'Checking the copy', 'Installing', 'Restoring user data', 'Testing the start', 'Ready to collect']);
  await page.context().close();
});

test('The report of a machine with evidence is one link away', async () => {
  const ready = [...depot.machines.values()].find((machine) => machine.evidence_id);
  const { page } = await at(`/m/${ready.id}`);
  assert.equal(await page.getAttribute('a:has-text("Report"):not([href="/reports"])', 'href'), `/api/v1/evidence/${ready.evidence_id}/report`);
  await page.context().close();
});

test('Approval sends code, slot, image, backup, disk and attempt, and only after the slot was typed', async () => {
  const { page, pages } = await at('/');
  const machine = bySlot('A10');
  await pages.move(`/approve?ids=${machine.id}`);
  assert.equal(await page.isDisabled('button[name=approve]'), true);
  await pages.approve({ id: machine.id, code: machine.short_code, slot: 'C11', image: 'Radiology', backup: 'bk-lab' });
  assert.deepEqual(depot.batches, [{
    action: 'approve', ids: [machine.id], expected_count: 1, reason: '', confirm: { slot: 'C11' },
    params: { short_code: machine.short_code, slot: 'C11', image_id: 'img-rad', backup_id: 'bk-lab', disk_serial: machine.disk.serial, attempt: 1 },
  }]);
  await page.context().close();
});

test('A machine that changed while its approval was open cannot be approved', async () => {
  const { page } = await at(`/approve?ids=${bySlot('A10').id}`);
  depot.change(bySlot('A10').id, { short_code: 'ZZZZZZ' });
  await page.waitForSelector('.problem:has-text("changed or was approved")');
  assert.equal(await page.isDisabled('button[name=approve]'), true);
  await page.context().close();
});

test('A bulk action shows each result and repeats only what failed', async () => {
  const { page } = await at('/');
  const [first, second] = [bySlot('A03'), bySlot('A06')];
  depot.refuse.set(second.id, 'E-CONFLICT-01');
  for (const machine of [first, second]) await page.check(`[data-id="${machine.id}"] input`);
  await page.click('.selection button:has-text("Stop")');
  await page.fill('dialog input[name=reason]', 'wrong image');
  await page.fill('dialog input[name=intent]', '2');
  await page.click('dialog button.danger');
  await page.waitForSelector('.results');
  assert.equal(await page.locator('.results .tone-ready').count(), 1);
  depot.refuse.clear();
  await page.click('button:has-text("failed one")');
  await page.fill('dialog input[name=intent]', second.slot);
  await page.click('dialog button.danger');
  await page.waitForSelector('.results .tone-ready');
  assert.deepEqual(depot.batches.map((batch) => batch.ids), [[first.id, second.id], [second.id]]);
  await page.context().close();
});

test('Keys move, select, find, search and explain themselves', async () => {
  const { page } = await at('/');
  await page.waitForSelector('[data-id]');
  for (const key of ['j', 'j', 'k', 'x', 'f']) await page.keyboard.press(key);
  await page.waitForSelector('.toast:has-text("A01 now shows")');
  assert.equal(await page.isChecked(`[data-id="${bySlot('A01').id}"] input`), true);
  await page.keyboard.press('?');
  await page.waitForSelector('dialog .keys');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('rad-13');
  await page.waitForFunction(() => document.querySelectorAll('.rows [data-id]').length === 1);
  await page.context().close();
});

test('A restarted depot is followed again without reload', async () => {
  const { page, pages } = await at(`/m/${bySlot('A10').id}`);
  await mark(page);
  await depot.stop();
  await page.waitForSelector('.badge:has-text("Reconnecting")');
  await depot.restart();
  advance(bySlot('A10').id, 'imaging');
  await page.waitForSelector('.now[data-phase=imaging]', { timeout: 20_000 });
  await pages.waitLive();
  assert.equal(await marked(page), true);
  await page.context().close();
});

test('A silent depot greys the page, says since when, and comes back', async () => {
  const { page, pages } = await at('/');
  await mark(page);
  depot.hush();
  await page.waitForSelector('.stale-banner:has-text("Machines keep working")', { timeout: 20_000 });
  await pages.waitGrey(true);
  assert.deepEqual(await faults(page), []);
  assert.match(await pages.badge(), /No contact since \d\d:\d\d/); // Still: only the depot's voice ends it.
  depot.speak();
  await pages.waitLive();
  await pages.waitGrey(false);
  assert.equal(await marked(page), true);
  await page.context().close();
});

test('A session that ended asks to sign in and goes on where it was', async () => {
  depot.open = false;
  const page = await openPage(browser);
  const pages = new Pages(page, base);
  await pages.open('/images');
  await pages.signIn('meier', 'night shift');
  await mark(page);
  depot.sessions.clear();
  for (const stream of depot.streams) stream.destroy();
  await page.waitForSelector('input[name=user]');
  await pages.signIn('meier', 'night shift');
  await page.waitForSelector('h1:has-text("Images and backups")');
  assert.equal(await marked(page), true);
  await page.context().close();
});

test('A wrong password is refused with what to do next', async () => {
  depot.open = false;
  const page = await openPage(browser);
  const pages = new Pages(page, base);
  await pages.open('/');
  await assert.rejects(pages.signIn('meier', 'guess'), /Check name and password/);
  await page.context().close();
});

test('Without a SharedWorker the page has a stream of its own', async () => {
  const { page, pages } = await at('/', { worker: false });
  const before = await pages.tile('Ready');
  advance(bySlot('A10').id, 'ready');
  await page.waitForFunction((count) => Number(document.querySelector('.tile:last-of-type .figure')?.textContent) === count, before + 1);
  await page.context().close();
});

test('Eight tabs are live at once', async () => {
  const { page, pages } = await at('/');
  const tabs = [];
  for (let tab = 0; tab < 7; tab += 1) {
    const other = await page.context().newPage();
    await other.goto(`${base}/images`);
    tabs.push(other.waitForSelector('.badge:has-text("Live")'));
  }
  await Promise.all(tabs);
  await pages.waitLive();
  assert.equal(depot.streams.size, 1);
  await page.context().close();
});

test('On a phone the actions of a selection come from below', async () => {
  const { page } = await at('/', { size: PHONE });
  await page.check(`[data-id="${bySlot('A01').id}"] input`);
  await page.click('.selection button:has-text("Actions")');
  const box = await page.locator('dialog.sheet').boundingBox();
  assert.equal(Math.round(box.y + box.height), PHONE.height);
  await page.click('dialog .menu button:has-text("Find A01")');
  await page.waitForSelector('.toast');
  await page.context().close();
});

/** Runs the script that follows a real depot against this one. */
function followRecovery(shots, ...more) {
  const script = fileURLToPath(new URL('./follow-recovery.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, '--url', base, '--user', 'meier', '--password', 'night shift', '--shots', shots, '--timeout', '90', '--slot', 'B07', ...more]);
  const said = [];
  child.stdout.on('data', (data) => said.push(String(data)));
  child.stderr.on('data', (data) => said.push(String(data)));
  return new Promise((resolve) => child.on('exit', (status) => resolve({ status, said: said.join('') })));
}

/** A depot with one new machine that walks its way once approved. */
async function depotWithNewMachine(way) {
  await depot.stop();
  const machine = { ...machineOf('approve', 0), slot: '' };
  depot = new MockDepot({ machines: [machine] });
  base = await depot.start();
  depot.onBatch = async (batch, id) => {
    if (batch.action !== 'approve') return;
    depot.change(id, { slot: batch.params.slot, host: 'WS-RAD-12' });
    for (const kind of way) {
      advance(id, kind);
      await new Promise((resolve) => { setTimeout(resolve, 700); });
    }
  };
}

test('The follower sees a recovery to its end', { timeout: 120_000 }, async () => {
  await depotWithNewMachine(WAY);
  const { status, said } = await followRecovery(mkdtempSync(join(tmpdir(), 'resus-ui-')));
  assert.equal(status, 0, said);
});

test('The follower fails with the reason when a machine needs somebody', { timeout: 120_000 }, async () => {
  await depotWithNewMachine(['waiting', 'copying', 'gaps']);
  const { status, said } = await followRecovery(mkdtempSync(join(tmpdir(), 'resus-ui-')));
  assert.equal(status, 1, said);
  assert.match(said, /copying became needs_you.*48 sectors unreadable/s);
});
