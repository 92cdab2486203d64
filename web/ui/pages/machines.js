// @ts-check
// The main page: who needs somebody, then every machine.
import { html, useMemo, useRef, useState } from '../html.js';
import { Icon } from '../icons.js';
import { clockRange, plural } from '../format.js';
import { GROUPS, NO_FILTER, bySlot, count, groupOf, matching, place, room } from '../model.js';
import { store, useStore } from '../store.js';
import { ACTIONS, actionsOf, actionsOfAll, labelFor, locate } from '../parts/actions.js';
import { Empty } from '../parts/basics.js';
import { ActionDialog } from '../parts/dialog.js';
import { useKeys } from '../parts/keys.js';
import { MachineList } from '../parts/list.js';
import { ActionMenu, KeysDialog, MOST_LABELS, approveHref, labelsHref, toApprove } from '../parts/menu.js';
import { TroubleHead } from '../parts/row.js';

/** @typedef {import('../model.js').Machine} Machine */
/** Troubles shown before "show all": the list below must stay in sight. */
const TROUBLES = 4;

/** When the last one that works or waits will be ready, as far as the depot can tell. */
function doneText() {
  const times = clockRange(store.depot.done_lo, store.depot.done_hi);
  return times ? ` · done ${times}` : '';
}

/** @param {{group: string, onGroup: (group: string) => void}} props */
function Tiles({ group, onGroup }) {
  useStore((s) => s.version);
  useStore((s) => Math.floor(s.ticks / 10));
  const counts = count(store.machines.values());
  return html`<section class="tiles" aria-label="Machines by state">
    ${GROUPS.map(({ id, title, icon }) => html`<button key=${id} class=${`tile tone-${id} ${counts[id] ? '' : 'zero'}`} aria-pressed=${group === id} onClick=${() => onGroup(group === id ? '' : id)}>
      <${Icon} name=${icon} size=${20} /><span class="figure">${counts[id]}</span><span class="label">${title}</span></button>`)}
    <p class="total muted">${plural(store.machines.size, 'machine')}${doneText()}</p></section>`;
}

/** @param {{machines: Machine[], onAsk: (name: string, machines: Machine[]) => void, onAll: () => void}} props */
function Troubles({ machines, onAsk, onAll }) {
  if (!machines.length) return null;
  return html`<section class="troubles" aria-label="Needs you"><h2 class="sr">Needs you</h2><ul>${machines.slice(0, TROUBLES).map((machine) => html`<li key=${machine.id}>
      <${TroubleHead} machine=${machine} /><span class="buttons">${actionsOf(machine).filter((name) => !['release', 'cancel'].includes(name)).map((name) => html`<button key=${name} onClick=${() => (ACTIONS[name].instant ? locate([machine]) : onAsk(name, [machine]))}>${labelFor(name, machine)}</button>`)}</span></li>`)}</ul>
    ${machines.length > TROUBLES && html`<button class="quiet" onClick=${onAll}>Show all ${machines.length} that need you</button>`}</section>`;
}

/** @param {{filter: import('../model.js').Filter, onFilter: (change: object) => void, search: any}} props */
function Filters({ filter, onFilter, search }) {
  const machines = [...store.machines.values()];
  const rooms = [...new Set(machines.map(room))].filter(Boolean).sort();
  const images = [...new Set(machines.map((machine) => machine.image_name ?? ''))].filter(Boolean).sort();
  const choice = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string[][]} */ options) => html`<label class="choice"><span class="sr">${label}</span>
    <select value=${filter[/** @type {'room'} */ (name)]} onChange=${(/** @type {any} */ event) => onFilter({ [name]: event.target.value })}><option value="">${label}: all</option>
    ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}</select></label>`;
  return html`<div class="filters"><label class="search"><${Icon} name="search" /><span class="sr">Search machines</span>
      <input ref=${search} type="search" placeholder="Slot, host, serial, MAC" value=${filter.text} onInput=${(/** @type {any} */ event) => onFilter({ text: event.target.value })} /></label>
    ${choice('group', 'Status', GROUPS.map(({ id, title }) => [id, title]))}
    ${rooms.length > 1 && choice('room', 'Room', rooms.map((name) => [name, `Room ${name}`]))}
    ${images.length > 1 && choice('image', 'Image', images.map((name) => [name, name]))}</div>`;
}

/** @param {{chosen: Machine[], total: number, onAll: () => void, onClear: () => void, onAsk: (name: string, machines: Machine[]) => void, onMenu: () => void}} props */
function SelectionBar({ chosen, total, onAll, onClear, onAsk, onMenu }) {
  if (!chosen.length) return null;
  const waiting = toApprove(chosen);
  return html`<div class="selection" role="region" aria-label="Selection"><strong>${chosen.length} selected</strong>
    ${chosen.length < total && html`<button class="quiet" onClick=${onAll}>Select all ${total} matching</button>`}
    <span class="wide-only buttons">${waiting.length > 0 && html`<a class="button primary" href=${approveHref(waiting)}>Approve ${waiting.length}</a>`}
      ${actionsOfAll(chosen).map((entry) => html`<button key=${entry.name} onClick=${() => (ACTIONS[entry.name].instant ? locate(entry.machines) : onAsk(entry.name, entry.machines))}>${ACTIONS[entry.name].label} ${entry.machines.length}</button>`)}
      ${chosen.length <= MOST_LABELS && html`<a class="button" href=${labelsHref(chosen)} target="_blank">Labels ${chosen.length}</a>`}</span>
    <button class="phone-only primary" onClick=${onMenu}>Actions</button><button class="quiet" onClick=${onClear}>Clear</button></div>`;
}

/** Which rows are ticked; shift takes everything between. @param {string[]} ids */
function useSelection(ids) {
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  const last = useRef('');
  const toggle = (/** @type {string} */ id, /** @type {boolean} */ span) => setSelected((old) => {
    const next = new Set(old);
    const from = ids.indexOf(last.current);
    const to = ids.indexOf(id);
    const on = !old.has(id);
    const range = span && from >= 0 && to >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
    for (const each of range) on ? next.add(each) : next.delete(each);
    last.current = id;
    return next;
  });
  return { selected, toggle, all: () => setSelected(new Set(ids)), clear: () => setSelected(new Set()) };
}

export function MachinesPage() {
  const version = useStore((s) => s.version);
  const loaded = useStore((s) => s.loaded);
  const [filter, setFilter] = useState(NO_FILTER);
  const [cursor, setCursor] = useState(/** @type {string|null} */ (null));
  const [asked, setAsked] = useState(/** @type {{name: string, machines: Machine[]}|null} */ (null));
  const [menu, setMenu] = useState(/** @type {string[]|null} */ (null));
  const [keys, setKeys] = useState(false);
  const search = useRef(/** @type {HTMLInputElement|null} */ (null));
  const sorted = useMemo(() => [...store.machines.values()].sort(bySlot), [version]);
  const ids = useMemo(() => matching(sorted, filter).map((machine) => machine.id), [sorted, filter]);
  const { selected, toggle, all, clear } = useSelection(ids);
  const known = (/** @type {Iterable<string>} */ list) => [...list].flatMap((id) => store.machines.get(id) ?? []);
  const chosen = known(selected);
  const change = (/** @type {object} */ part) => setFilter({ ...filter, ...part });
  const ask = (/** @type {string} */ name, /** @type {Machine[]} */ machines) => setAsked({ name, machines });
  const step = (/** @type {number} */ by) => () => {
    const at = cursor ? ids.indexOf(cursor) : -1;
    setCursor(ids[Math.max(0, Math.min(ids.length - 1, at + by))] ?? null);
  };
  useKeys({
    j: step(1), k: step(-1), '?': () => setKeys(true), '/': () => search.current?.focus(),
    x: () => { if (cursor) toggle(cursor, false); },
    f: () => { if (cursor) void locate(known([cursor])); },
    Escape: () => { setFilter(NO_FILTER); clear(); search.current?.blur(); },
  });
  if (!loaded) return html`<h1 class="sr">Machines</h1><p class="muted starting">Loading machines…</p>`;
  const allToggle = () => (ids.every((id) => selected.has(id)) ? clear() : all());
  return html`<h1 class="sr">Machines</h1><${Tiles} group=${filter.group} onGroup=${(/** @type {string} */ group) => change({ group })} />
    <${Troubles} machines=${sorted.filter((machine) => groupOf(machine) === 'attention')} onAsk=${ask} onAll=${() => change({ group: 'attention' })} />
    ${sorted.length === 0 ? html`<${Empty} text="No machine has reported in yet."><p class="muted">Plug a machine into the recovery network and switch it on. It starts from the network, appears here and waits for approval.</p></${Empty}>`
      : html`<div class="tools"><${Filters} filter=${filter} onFilter=${change} search=${search} />
        <${SelectionBar} chosen=${chosen} total=${ids.length} onAll=${all} onClear=${clear} onAsk=${ask} onMenu=${() => setMenu([...selected])} /></div>
      ${ids.length ? html`<${MachineList} ids=${ids} cursor=${cursor} selected=${selected} onSelect=${toggle} onAll=${allToggle} onMenu=${(/** @type {Machine} */ machine) => setMenu([machine.id])} />`
        : html`<${Empty} text="No machine matches."><button onClick=${() => setFilter(NO_FILTER)}>Show all</button></${Empty}>`}
      <p class="hint muted wide-only"><kbd>j</kbd>/<kbd>k</kbd> move · <kbd>x</kbd> select · <kbd>f</kbd> find · <kbd>/</kbd> search · <button class="quiet" onClick=${() => setKeys(true)}><kbd>?</kbd> keys</button></p>`}
    ${menu && html`<${ActionMenu} machines=${known(menu)} onAsk=${ask} onClose=${() => setMenu(null)} />`}
    ${asked && html`<${ActionDialog} key=${asked.name + asked.machines.map(place).join()} name=${asked.name} machines=${asked.machines} onClose=${() => setAsked(null)} />`}
    ${keys && html`<${KeysDialog} onClose=${() => setKeys(false)} />`}`;
}
