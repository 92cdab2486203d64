// Every page on a real depot with real machines, a golden image and evidence in its store: at both sizes, dark and light.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { faults } from './checks.mjs';
import { Pages } from './pages.mjs';
import { UI, served } from './served.mjs';
import { PASSWORD, RealDepot, RealMachine, withDepot } from './real-depot.mjs';

const SHOTS = process.env.SHOTS;
const { skip } = withDepot;
/** @type {RealDepot} */ let depot;
let browser;
/** @type {RealMachine[]} */ let machines;

before(async () => {
  if (skip) return;
  depot = new RealDepot();
  depot.fillStore();
  await depot.start();
  await depot.call('PUT', '/plan', { image: 'Ward PC 2026-10' });
  await depot.call('POST', '/custody/verify', {});
  machines = [1, 2, 3].map((number) => new RealMachine(depot, number));
  for (const machine of machines) await machine.enrol();
  await machines[0].approved('B07');
  await machines[0].copies();
  await machines[0].call('POST', '/progress', { attempt: 1, stage: 'copy', done: 61_000_000_000, total: 500_107_862_016, bps: 201_000_000 });
  await machines[0].call('POST', '/log', { lines: [{ t: new Date().toISOString(), level: 'info', text: 'agent started, write block proven on sda' }] });
  await machines[1].approved('B08');
  await machines[1].copies();
  await machines[1].call('POST', '/trouble', { attempt: 1, code: 'E-READ-01', detail: 'read /dev/sda at byte 10485760000: Input/output error', params: { sectors: '48' } });
  browser = await launch();
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await depot?.close();
});

/** A page is looked at when it shows what the depot knows, not while it loads. */
function ways() {
  const [copying, troubled, unknown] = machines.map((machine) => machine.id);
  return [['/', `[data-id="${copying}"]`], [`/m/${copying}`, '.now[data-phase=copying]'], [`/m/${troubled}`, '.now'], [`/m/${unknown}`, '.now'], ['/approve', `main:has-text("${shown(machines[2].code)}")`],
    [`/approve?ids=${unknown}`, '.short-code.huge'], ['/images', 'main:has-text("Ward PC 2026-10")'], ['/evidence', 'main:has-text("ev-")'], ['/jobs', 'main .card[data-job]'], ['/audit', 'main:has-text("approve")'],
    ['/reports', 'main h1'], ['/settings', 'main:has-text("Evidence disk")'], ['/help/E-READ-01', 'main:has-text("E-READ-01")'], ['/wall', '.wall .cell']];
}
const shown = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

async function check(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `real-${name}.png`), fullPage: true });
  assert.deepEqual(await faults(page), [], name);
}

test('The depot serves the interface as it stands here, without the lines that only explain', withDepot, async () => {
  const page = await openPage(browser);
  await page.goto(depot.url);
  const folder = await page.$eval('script[type=module]', (script) => /** @type {HTMLScriptElement} */ (script).src.replace(/app\.js$/, ''));
  for (const name of ['app.js', 'worker.js', 'app.css', 'pages/machines.js', 'parts/basics.js', 'vendor/preact-htm.js']) {
    const got = await page.evaluate((url) => fetch(url).then((answer) => answer.text()), folder + name);
    assert.equal(got, String(served(join(UI, name))), name);
  }
  await page.context().close();
});

for (const [size, scheme] of [[DESK, 'dark'], [DESK, 'light'], [PHONE, 'dark'], [PHONE, 'light']]) {
  test(`Every page of a real depot keeps its rules at ${size.width} px, ${scheme}`, withDepot, async () => {
    const page = await openPage(browser, { size, scheme });
    const pages = new Pages(page, depot.url);
    const name = (path) => `${path.replace(/m-[^/?]+/, (id) => `m${machines.findIndex((machine) => machine.id === id)}`).replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'machines'}-${size.width}-${scheme}`;
    await pages.open('/');
    await check(page, name('sign-in'));
    await pages.signIn('admin', PASSWORD);
    for (const [path, sign] of ways()) {
      await pages.move(path);
      await page.waitForSelector(sign);
      await check(page, name(path));
    }
    await page.context().close();
  });
}
