// The evidence report as the depot serves it: reached from the pages, accessible, and whole on A4 paper.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESK, PHONE, launch, openPage } from './browser.mjs';
import { axeViolations, sidewaysOverflow } from './checks.mjs';
import { Pages } from './pages.mjs';
import { PASSWORD, RealDepot, withDepot } from './real-depot.mjs';

const SHOTS = process.env.SHOTS;
const { skip } = withDepot;
/** @type {RealDepot} */ let depot;
let browser;

before(async () => {
  if (skip) return;
  depot = new RealDepot();
  depot.fillStore();
  await depot.start();
  browser = await launch();
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await depot?.close();
});

for (const [size, name] of [[DESK, 'desk'], [PHONE, 'phone']]) {
  test(`The report opens from the evidence page and keeps the rules on a ${name}`, withDepot, async () => {
    const page = await openPage(browser, { size });
    const pages = new Pages(page, depot.url);
    await pages.open('/');
    await pages.signIn('admin', PASSWORD);
    await pages.move('/evidence');
    const opened = page.context().waitForEvent('page');
    await page.click('a[aria-label^="Report of"]');
    const report = await opened;
    const troubles = [];
    report.on('console', (message) => { if (message.type() === 'error') troubles.push(message.text()); });
    await report.reload();
    await report.waitForSelector('h1:has-text("Evidence report")');
    assert.equal(await report.evaluate(() => getComputedStyle(/** @type {Element} */ (document.querySelector('.good'))).borderLeftStyle), 'solid', 'its own style is let in');
    assert.equal(await report.locator('.verdict.good').count(), 2, await report.innerText('main'));
    assert.equal(await report.locator('script').count(), 0);
    assert.deepEqual(troubles, []);
    assert.deepEqual(await axeViolations(report), []);
    assert.equal(await sidewaysOverflow(report), 0);
    if (SHOTS) await report.screenshot({ path: join(SHOTS, `report-${name}.png`), fullPage: true });
    const sheets = await report.pdf({ preferCSSPageSize: true });
    if (SHOTS) writeFileSync(join(SHOTS, `report-${name}.pdf`), sheets);
    assert.match(sheets.toString('latin1'), /MediaBox \[0 0 59[45]\.\d+ 84[12]\.\d+\]/, 'A4');
    await page.context().close();
  });
}
