// @ts-check
// The wall screen: tiles, alerts and slots, readable from across the room, awake all night, never burning in.
import { html, useEffect, useState } from '../html.js';
import { Icon } from '../icons.js';
import { clock, percent, plural } from '../format.js';
import { GROUPS, bySlot, count, groupOf, place, shortWord, status, title } from '../model.js';
import { depotNow, store, useStore } from '../store.js';
import { Banner, LiveBadge, outdated } from '../parts/shell.js';
import { useBeat, useMedia } from '../parts/basics.js';

const PAGE_MS = 15_000;
const SHIFT_MS = 60_000;
const ALERTS = 4;

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
  const large = useMedia('(min-width: 1200px)');
  const [started] = useState(() => Date.now());
  useEffect(() => { if (outdated()) location.reload(); });
  const machines = [...store.machines.values()].sort(bySlot);
  const counts = count(machines);
  const troubles = machines.filter((machine) => groupOf(machine) === 'attention');
  const room = large ? (troubles.length ? 48 : 72) : 24;
  const pages = Math.max(1, Math.ceil(machines.length / room));
  const page = Math.floor((Date.now() - started) / PAGE_MS) % pages;
  const shift = Math.floor(Date.now() / SHIFT_MS) % 9;
  return html`<main class="wall" style=${{ '--shift': `${(shift % 3) - 1}px ${Math.floor(shift / 3) - 1}px` }}>
    <div class="wall-head"><h1><${Icon} name="pulse" size=${28} /> ${incident.name || 'Recovery'}</h1><${LiveBadge} /><span class="wall-clock">${clock(depotNow())}</span></div>
    <${Banner} />
    <section class="tiles" aria-label="Machines by state">${GROUPS.map(({ id, title: name, icon }) => html`<div key=${id} class=${`tile tone-${id} ${counts[id] ? '' : 'zero'}`}><${Icon} name=${icon} size=${32} /><span class="figure">${counts[id]}</span><span class="label">${name}</span></div>`)}</section>
    ${troubles.length > 0 && html`<section class="wall-alerts" aria-label="Needs you"><ul>${troubles.slice(0, ALERTS).map((machine) => {
      const state = status(machine, depotNow());
      return html`<li key=${machine.id}><${Icon} name="triangle" size=${24} class="tone-attention" /><span class="slot">${place(machine)}</span><span><strong>${title(machine)}</strong> ${state.reason} <span class="next">${state.next}</span></span></li>`;
    })}</ul>${troubles.length > ALERTS && html`<p class="muted">and ${troubles.length - ALERTS} more</p>`}</section>`}
    <ul class="cells" aria-label="Slots">${machines.slice(page * room, (page + 1) * room).map((machine) => html`<${Cell} key=${machine.id} machine=${machine} />`)}</ul>
    ${loaded && !machines.length && html`<p class="muted">No machine has reported in yet.</p>`}
    <p class="muted wall-foot"><span>${plural(machines.length, 'machine')}</span>${pages > 1 && html`<span>page ${page + 1} of ${pages}</span>`}<a href="/">Leave the wall</a></p></main>`;
}
