// @ts-check
// The wall screen: tiles, alerts and slots, readable from across the room, awake all night, never burning in.
import { html, useEffect, useRef, useState } from '../html.js';
import { Icon } from '../icons.js';
import { clock, percent, plural } from '../format.js';
import { GROUPS, bySlot, count, groupOf, place, shortWord, status, title } from '../model.js';
import { depotNow, store, useStore } from '../store.js';
import { Banner, LiveBadge, outdated } from '../parts/shell.js';
import { useBeat } from '../parts/basics.js';

const PAGE_MS = 15_000;
const SHIFT_MS = 60_000;
/** Wider than a stroke of the letters, or the same points would stay lit. */
const SHIFT_PX = 4;
const ALERTS = 4;
const LEAST_ROWS = 2;

/** How many slots fit below what stands above them: measured after each drawing, because screens and alerts differ. */
function useRoom() {
  const list = useRef(/** @type {HTMLElement|null} */ (null));
  const [room, setRoom] = useState(24);
  useEffect(() => {
    const cells = list.current;
    const main = cells?.parentElement;
    const cell = cells?.firstElementChild;
    if (!cells || !main || !cell) return;
    const grid = getComputedStyle(cells);
    const gap = parseFloat(grid.rowGap);
    const frame = getComputedStyle(main);
    const foot = /** @type {HTMLElement} */ (main.lastElementChild).offsetHeight + parseFloat(frame.rowGap) + parseFloat(frame.paddingBottom);
    const free = innerHeight - foot - (cells.getBoundingClientRect().top + scrollY) - SHIFT_PX;
    const rows = Math.floor((free + gap) / (cell.getBoundingClientRect().height + gap));
    setRoom(grid.gridTemplateColumns.split(' ').length * Math.max(rows, LEAST_ROWS));
  });
  return { list, room };
}

/** Keeps the screen on while the page is in sight; asked for again each time it comes back. */
function useWakeLock() {
  useEffect(() => {
    /** @type {any} */
    let lock = null;
    const take = async () => {
      try {
        if (!document.hidden) lock = await /** @type {any} */ (navigator).wakeLock?.request('screen');
      } catch {
        lock = null; // Refused on low battery: the screen then follows its own settings.
      }
    };
    void take();
    document.addEventListener('visibilitychange', take);
    return () => {
      document.removeEventListener('visibilitychange', take);
      lock?.release();
    };
  }, []);
}

/** @param {{machine: import('../model.js').Machine}} props */
function Cell({ machine }) {
  const state = status(machine, depotNow());
  const done = groupOf(machine) === 'running' ? percent(machine.progress?.done ?? 0, machine.progress?.total ?? 0) : null;
  return html`<li class=${`cell tone-${state.tone}`}><span class="slot">${place(machine)}</span><span class="num">${done === null ? '' : `${done} %`}</span><${Icon} name=${state.icon} size=${18} />
    <span class="cell-word">${shortWord(machine)}</span></li>`;
}

export function WallPage() {
  useBeat(1_000);
  useWakeLock();
  useStore((s) => s.version);
  const loaded = useStore((s) => s.loaded);
  const incident = useStore((s) => s.incident);
  const session = useStore((s) => s.session);
  const { list, room } = useRoom();
  const [started] = useState(() => Date.now());
  useEffect(() => { if (outdated()) location.reload(); });
  const machines = [...store.machines.values()].sort(bySlot);
  const counts = count(machines);
  const troubles = machines.filter((machine) => groupOf(machine) === 'attention');
  const pages = Math.max(1, Math.ceil(machines.length / room));
  const page = Math.floor((Date.now() - started) / PAGE_MS) % pages;
  const shift = Math.floor(Date.now() / SHIFT_MS) % 9;
  return html`<main class="wall" style=${{ '--shift': `${((shift % 3) - 1) * SHIFT_PX}px ${(Math.floor(shift / 3) - 1) * SHIFT_PX}px` }}>
    <div class="wall-head"><h1><${Icon} name="pulse" size=${28} /> ${incident.name || 'Recovery'}</h1><${LiveBadge} /><span class="wall-clock">${clock(depotNow())}</span></div>
    <${Banner} />
    <section class="tiles" aria-label="Machines by state">${GROUPS.map(({ id, title: name, icon }) => html`<div key=${id} class=${`tile tone-${id} ${counts[id] ? '' : 'zero'}`}><${Icon} name=${icon} size=${32} /><span class="figure">${counts[id]}</span><span class="label">${name}</span></div>`)}</section>
    ${troubles.length > 0 && html`<section class="wall-alerts" aria-label="Needs you"><ul>${troubles.slice(0, ALERTS).map((machine) => {
      const state = status(machine, depotNow());
      return html`<li key=${machine.id}><${Icon} name="triangle" size=${24} class="tone-attention" /><span class="slot">${place(machine)}</span><span><strong>${title(machine)}</strong> ${state.reason} <span class="next">${state.next}</span></span></li>`;
    })}</ul>${troubles.length > ALERTS && html`<p class="muted">and ${troubles.length - ALERTS} more</p>`}</section>`}
    <ul class="cells" aria-label="Slots" ref=${list}>${machines.slice(page * room, (page + 1) * room).map((machine) => html`<${Cell} key=${machine.id} machine=${machine} />`)}</ul>
    ${loaded && !machines.length && html`<p class="muted">No machine has reported in yet.</p>`}
    <p class="muted wall-foot"><span>${plural(machines.length, 'machine')}</span>${pages > 1 && html`<span>page ${page + 1} of ${pages}</span>`}${session?.role !== 'wall' && html`<a href="/">Leave the wall</a>`}</p></main>`;
}
