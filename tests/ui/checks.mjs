// What every page must keep: accessible, nothing overflowing, targets large enough for gloves.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules broken on the page, one line each; axe is evaluated by the debugger, outside the page's policy. */
export async function axeViolations(page) {
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  if (!loaded) {
    const session = await page.context().newCDPSession(page);
    const answer = await session.send('Runtime.evaluate', { expression: AXE });
    if (answer.exceptionDetails) throw new Error(`axe could not start: ${answer.exceptionDetails.text}`);
    await session.detach();
  }
  const result = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ['violations'] }));
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} (${node.failureSummary?.split('\n')[1]?.trim()})`));
}

/** Pixels by which the page is wider than its window; 0 is right. */
export function sidewaysOverflow(page) {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

/** Elements that stick out of their card or of the window: what scrollWidth alone does not show. */
export function escapes(page) {
  return page.evaluate(() => [...document.querySelectorAll('main a, main button, main input, main select, main code, main .slot')].filter((element) => {
    const box = element.getBoundingClientRect();
    const card = (element.closest('.card') ?? document.documentElement).getBoundingClientRect();
    return box.width > 0 && !element.closest('.log') && !element.classList.contains('sr') && (box.right > card.right + 1 || box.left < card.left - 1);
  }).map((element) => `${element.tagName} ${element.textContent?.trim().slice(0, 40)}`));
}

/** Buttons and fields under 36 px. Links inside running text are exempt (WCAG 2.5.8, inline). */
export function smallTargets(page) {
  return page.evaluate(() => [...document.querySelectorAll('button, a.button, nav a, select, input:not([type=checkbox]), .tick, .check')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.height < 36 || box.width < 36);
  }).map((element) => `${element.tagName} ${element.textContent?.trim().slice(0, 30)} ${Math.round(element.getBoundingClientRect().height)} px`));
}

/** Slots that are cut short: which PC is meant must always be readable. */
export function cutSlots(page) {
  return page.evaluate(() => [...document.querySelectorAll('.slot')].filter((slot) => slot.scrollWidth > slot.clientWidth + 1).map((slot) => slot.textContent ?? ''));
}

/** All of the above as one list, empty when the page is right. */
export async function faults(page) {
  const found = [...await axeViolations(page), ...(await escapes(page)).map((text) => `sticks out: ${text}`), ...(await smallTargets(page)).map((text) => `target too small: ${text}`),
    ...(await cutSlots(page)).map((text) => `slot cut short: ${text}`)];
  const over = await sidewaysOverflow(page);
  if (over) found.push(`page is ${over} px wider than its window`);
  return [...found, ...page.troubles];
}
