// @ts-check
// The list of machines. Only the rows in sight exist: a thousand machines cost as much as thirty.
import { html, useEffect, useRef, useState } from '../html.js';
import { STAGES, STAGE_TITLES } from '../model.js';
import { depotNow, store, useStore } from '../store.js';
import { useMedia } from './basics.js';
import { Card, Row } from './row.js';

/** Heights in rem; the style sheet has the same. */
const ROW_REM = 3.75;
const CARD_REM = 8.75;
const SPARE = 6;

/** @returns {[any, number, number]} the list's element, and which part of it is in sight, in pixels */
function useWindowOnto() {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const [range, setRange] = useState([0, innerHeight]);
  useEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / 100) * 100);
      setRange((old) => (old[0] === from && old[1] === from + innerHeight ? old : [from, from + innerHeight]));
    };
    const later = () => { frame ||= requestAnimationFrame(measure); };
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    measure();
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, []);
  return [box, range[0], range[1]];
}

/** @param {{all: boolean, some: boolean, total: number, onAll: () => void}} props */
function Head({ all, some, total, onAll }) {
  const box = useRef(/** @type {HTMLInputElement|null} */ (null));
  useEffect(() => { if (box.current) box.current.indeterminate = some && !all; });
  return html`<div role="row" class="row head" aria-rowindex="1">
    <div role="columnheader" class="c-tick"><label class="tick"><input ref=${box} type="checkbox" checked=${all} aria-label=${`Select all ${total} matching`} onClick=${onAll} /></label></div>
    <div role="columnheader" class="c-slot">Slot</div><div role="columnheader" class="c-name">Machine</div><div role="columnheader" class="c-status">Status</div>
    <div role="columnheader" class="c-strip"><span class="stage-names">${STAGES.map((name) => html`<span key=${name}>${STAGE_TITLES[name]}</span>`)}</span></div>
    <div role="columnheader" class="c-percent num">%</div><div role="columnheader" class="c-rate num">MB/s</div><div role="columnheader" class="c-left">Left</div>
    <div role="columnheader" class="c-act"><span class="sr">Actions</span></div></div>`;
}

/**
 * @param {{ids: string[], cursor: string|null, selected: Set<string>, onSelect: (id: string, range: boolean) => void,
 *   onAll: () => void, onMenu: (machine: any) => void}} props
 */
export function MachineList({ ids, cursor, selected, onSelect, onAll, onMenu }) {
  useStore((s) => s.ticks);
  const phone = useMedia('(max-width: 759px)');
  const [box, from, to] = useWindowOnto();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const height = (phone ? CARD_REM : ROW_REM) * rem;
  useEffect(() => {
    if (cursor) reveal(box.current, ids.indexOf(cursor), height, cursor);
  }, [cursor]);
  const first = Math.max(0, Math.floor(from / height) - SPARE);
  const last = Math.min(ids.length, Math.ceil(to / height) + SPARE);
  const minute = Math.floor(depotNow() / 60_000);
  const One = phone ? Card : Row;
  const all = ids.length > 0 && ids.every((id) => selected.has(id));
  const rows = [];
  for (let at = first; at < last; at += 1) {
    const machine = store.machines.get(ids[at]);
    if (machine) rows.push(html`<${One} key=${machine.id} machine=${machine} at=${at} top=${at * height} minute=${minute} selected=${selected.has(machine.id)} current=${cursor === machine.id} onSelect=${onSelect} onMenu=${onMenu} />`);
  }
  return html`<div class=${phone ? 'machine-cards' : 'table'} role="table" aria-label="Machines" aria-rowcount=${ids.length + 1}>
    ${!phone && html`<div role="rowgroup" class="table-head"><${Head} all=${all} some=${selected.size > 0} total=${ids.length} onAll=${onAll} /></div>`}
    <div role="rowgroup" class="rows" ref=${box} style=${{ height: `${ids.length * height}px` }}>${rows}</div></div>`;
}

/** Brings the row under the cursor into sight and moves the focus to it. @param {HTMLElement|null} box @param {number} at @param {number} height @param {string} id */
function reveal(box, at, height, id) {
  if (!box || at < 0) return;
  const top = box.getBoundingClientRect().top + at * height;
  const under = 160;
  if (top < under) scrollBy(0, top - under);
  else if (top + height > innerHeight - 60) scrollBy(0, top + height - innerHeight + 60);
  setTimeout(() => {
    const link = box.querySelector(`[data-id="${CSS.escape(id)}"] a`);
    if (link instanceof HTMLElement) link.focus({ preventScroll: true });
  }, 50);
}
