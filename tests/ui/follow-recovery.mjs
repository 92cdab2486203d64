#!/usr/bin/env node
// Follows one real recovery through the dashboard: signs in, waits for a machine, approves it as a person would, and watches it to `ready`.
// Screenshots at 1920 and 390 px and axe at every phase. Exit: 0 all as it should be, 1 with the reason, 2 usage.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { Pages } from './pages.mjs';

const ORDER = ['discovered', 'awaiting_approval', 'queued', 'copying', 'verifying_copy', 'imaging', 'restoring', 'verifying_install', 'ready'];
const USAGE = `usage: follow-recovery.mjs --url URL --user NAME --password WORD --shots DIR
  [--machine ID] [--code CODE]  approve only this machine; compare with this code instead of the depot's
  [--slot SLOT] [--image ID|NAME] [--backup ID|NAME] [--timeout SECONDS]   defaults: B07, the page's choice, 1800
  [--allow-restart]  a depot that is killed during the check copies again: no fault`;

function options() {
  const text = { type: /** @type {const} */ ('string') };
  const { values } = parseArgs({ options: { url: text, user: text, password: text, shots: text, machine: text, code: text, slot: text, image: text, backup: text, timeout: text, 'allow-restart': { type: 'boolean' } } });
  for (const name of ['url', 'user', 'password', 'shots']) if (!values[name]) throw new Error(`--${name} is missing`);
  return { ...values, slot: values.slot ?? 'B07', timeout: Number(values.timeout ?? 1800) * 1000 };
}

const started = Date.now();
function say(text) {
  console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${text}`);
}

class Follower {
  constructor(page, wanted) {
    this.page = page;
    this.wanted = wanted;
    this.pages = new Pages(page, wanted.url);
    this.deadline = started + wanted.timeout;
    this.shots = 0;
  }

  /** Screenshots and checks at both sizes. @param {string} name */
  async record(name) {
    this.shots += 1;
    const number = String(this.shots).padStart(2, '0');
    for (const [size, scheme] of [[PHONE, 'light'], [DESK, 'dark']]) {
      await this.page.emulateMedia({ colorScheme: scheme });
      await this.page.setViewportSize(size);
      await this.page.waitForTimeout(250);
      await this.page.screenshot({ path: join(this.wanted.shots, `${number}-${name}-${size.width}.png`), fullPage: size === PHONE });
      const found = await faults(this.page);
      if (found.length) throw new Error(`at ${name}, ${size.width} px: ${found.join('; ')}`);
    }
  }

  async until(what, test) {
    while (Date.now() < this.deadline) {
      const value = await test();
      if (value) return value;
      await this.page.waitForTimeout(250);
    }
    throw new Error(`timed out waiting for ${what}`);
  }

  /** The machine as the depot lists it, once it waits for approval. */
  async discovered() {
    let recorded = false;
    return this.until('a machine that waits for approval', async () => {
      const { machines } = await this.pages.api('/snapshot');
      const machine = machines.find((entry) => (this.wanted.machine ? entry.id === this.wanted.machine : ['discovered', 'awaiting_approval'].includes(entry.phase)));
      if (machine && !recorded) {
        await this.pages.row(machine.id).waitFor();
        say(`${machine.phase}: ${machine.id}, code ${machine.short_code}`);
        recorded = true;
      }
      return machine?.phase === 'awaiting_approval' ? machine : null;
    });
  }

  /** Every phase the page shows from now on is noted by the page itself, so that a quick one is not missed. */
  async watch(id) {
    await this.pages.move(`/m/${encodeURIComponent(id)}`);
    await this.page.waitForSelector('.now');
    await this.page.evaluate(() => {
      const seen = /** @type {any} */ (globalThis).resusSeen = [];
      const note = () => {
        const data = /** @type {HTMLElement|null} */ (document.querySelector('.now'))?.dataset;
        const last = seen.at(-1);
        if (data && (!last || last.phase !== data.phase || last.condition !== data.condition || last.contact !== data.contact)) seen.push({ ...data });
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
      note();
    });
  }

  async follow() {
    const { wanted } = this;
    let handled = 0;
    let phase = '';
    await this.until('ready', async () => {
      const seen = await this.page.evaluate(() => /** @type {any} */ (globalThis).resusSeen);
      if (!seen) throw new Error('the page was loaded anew while it was followed');
      for (const state of seen.slice(handled)) {
        handled += 1;
        if (['failed', 'needs_you', 'held', 'cancelled'].includes(state.condition)) throw new Error(`${state.phase} became ${state.condition}: ${await this.page.innerText('.now')}`);
        const again = wanted['allow-restart'] && phase === 'verifying_copy' && state.phase === 'copying';
        if (!again && ORDER.indexOf(state.phase) < ORDER.indexOf(phase)) throw new Error(`went back from ${phase} to ${state.phase}`);
        if (state.phase !== phase) say(`${state.phase}${state.condition === 'ok' ? '' : ` (${state.condition})`}`);
        phase = state.phase;
      }
      if (phase !== this.recorded) {
        this.recorded = phase;
        await this.record(phase);
      }
      return phase === 'ready';
    });
    return (await this.page.evaluate(() => /** @type {any} */ (globalThis).resusSeen)).map((state) => state.phase);
  }

  async run() {
    const { wanted, pages } = this;
    await pages.open('/');
    await this.page.waitForSelector('input[name=user]');
    await this.record('sign-in');
    await pages.signIn(wanted.user, wanted.password);
    const machine = await this.discovered();
    await this.record('awaiting_approval-list');
    await pages.move(`/approve?ids=${encodeURIComponent(machine.id)}`);
    await this.page.waitForSelector('.short-code.huge');
    await this.record('approve');
    const code = wanted.code ?? machine.short_code;
    await pages.approve({ id: machine.id, code, slot: wanted.slot, image: wanted.image, backup: wanted.backup });
    say(`approved for slot ${wanted.slot}: code ${code} shown and compared`);
    await this.watch(machine.id);
    const seen = await this.follow();
    for (const needed of ['copying', 'imaging']) if (!seen.includes(needed)) throw new Error(`the page never showed ${needed}`);
    await pages.move('/');
    await pages.row(machine.id).waitFor();
    await this.record('ready-list');
    for (const path of ['/evidence', '/audit', '/reports']) {
      await pages.move(path);
      await this.page.waitForTimeout(1_500);
      await this.record(path.slice(1));
    }
  }
}

async function main() {
  let wanted;
  try {
    wanted = options();
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  mkdirSync(wanted.shots, { recursive: true });
  const browser = await launch();
  let follower;
  try {
    follower = new Follower(await openPage(browser), wanted);
    await follower.run();
    say(`followed to ready; ${follower.shots * 2} screenshots in ${wanted.shots}`);
    return 0;
  } catch (error) {
    console.error(`the dashboard did not follow the recovery: ${error.message}`);
    await follower?.page.screenshot({ path: join(wanted.shots, 'failure.png') }).catch(() => {});
    return 1;
  } finally {
    await browser.close();
  }
}

process.exitCode = await main();
