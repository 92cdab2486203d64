// The budgets of the dashboard's design, measured. Prints what it found.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { launch, openPage } from './browser.mjs';
import { busyRoom, drive } from './mock-data.mjs';
import { MockDepot } from './mock-depot.mjs';
import { Pages } from './pages.mjs';
import { UI, served } from './served.mjs';

const depot = new MockDepot({ machines: busyRoom(1_000), open: true });
let browser;
let base;
before(async () => {
  base = await depot.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await depot.stop();
});

/** Modules in the order they are reached from app.js and the worker. */
function modules() {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^'\n]* from '(\.[^']+)'/gm)) visit(join(dirname(file), path));
  };
  visit(join(UI, 'app.js'));
  visit(join(UI, 'worker.js'));
  return [...found];
}

test('Scripts and style are at most 60 KB in brotli, file by file', (t) => {
  const sizes = [...modules(), join(UI, 'app.css')].map((file) => brotliCompressSync(served(file)).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  t.diagnostic(`${total} bytes in ${sizes.length} files`);
  assert.ok(total <= 60 * 1024, `${total} bytes`);
});

test('The shell loads every module at once, and every source is reached', () => {
  const page = readFileSync(join(UI, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:href|src)="__UI__\/([^"]+\.js)"/g)].map((found) => join(UI, found[1])).sort();
  assert.deepEqual(named, modules().filter((file) => !file.endsWith('worker.js')).sort());
  const sources = ['', 'parts', 'pages'].flatMap((folder) => readdirSync(join(UI, folder)).filter((name) => name.endsWith('.js')).map((name) => join(UI, folder, name)));
  assert.deepEqual(sources.filter((file) => !modules().includes(file)), []);
});

test('No inline script or style, nothing from elsewhere', () => {
  const page = readFileSync(join(UI, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style| style=| on\w+=|https?:/);
  for (const file of [...modules(), join(UI, 'app.css')]) {
    const forbidden = file.includes('/vendor/') ? /\beval\(|new Function/ : /innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|@import|\burl\(/;
    assert.doesNotMatch(readFileSync(file, 'utf8'), forbidden, file);
  }
});

test('A snapshot of 1,000 machines is at most 150 KB in gzip', (t) => {
  const bytes = gzipSync(JSON.stringify(depot.snapshot())).length;
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes <= 150 * 1024, `${bytes} bytes`);
});

test('With 1,000 machines the page is usable within a second, and a tick takes at most 16 ms', { timeout: 120_000 }, async (t) => {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    const tasks = /** @type {any} */ (globalThis).longTasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: 'longtask', buffered: true });
    const row = new MutationObserver(() => {
      if (!document.querySelector('.rows [data-id]')) return;
      /** @type {any} */ (globalThis).usableAt = performance.now();
      row.disconnect();
    });
    document.addEventListener('DOMContentLoaded', () => row.observe(document.body, { subtree: true, childList: true }));
  });
  const pages = new Pages(page, base);
  await pages.open('/');
  await pages.open('/');
  await pages.waitLive();
  const rows = await page.locator('.rows [data-id]').count();
  assert.ok(rows < 60, `${rows} rows exist`);
  await page.waitForTimeout(1_500);
  await page.evaluate(() => { /** @type {any} */ (globalThis).longTasks.length = 0; });
  const ticks = await measureTicks(page, depot);
  const median = [...ticks].sort((a, b) => a - b)[Math.floor(ticks.length / 2)];
  const usable = Math.round(await page.evaluate(() => /** @type {any} */ (globalThis).usableAt));
  const tasks = await page.evaluate(() => /** @type {any} */ (globalThis).longTasks);
  t.diagnostic(`usable after ${usable} ms; ticks ${ticks.map((tick) => tick.toFixed(1)).join(', ')} ms; long tasks ${tasks.join(', ') || 'none'}`);
  assert.ok(median <= 16, `median ${median} ms`);
  assert.ok(tasks.every((task) => task <= 100), `long tasks ${tasks}`);
  assert.ok(usable < 1_000, `usable after ${usable} ms`);
  await page.context().close();
});

/** Main-thread time each tick costs: script, layout and style, as the browser counts them. */
async function measureTicks(page, room) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.filter((metric) => ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].includes(metric.name)).reduce((sum, metric) => sum + metric.value * 1000, 0);
  };
  const ticks = [];
  for (let tick = 0; tick < 9; tick += 1) {
    const start = await busy();
    drive(room);
    await page.waitForTimeout(700);
    ticks.push(await busy() - start);
  }
  return ticks;
}
