// @ts-check
// What this tab knows. Machines are replaced, never changed, so that a row redraws only when its machine did.
import { useEffect, useRef, useState } from './html.js';

/** @typedef {import('./model.js').Machine} Machine */

/** Samples kept for the small speed curve. */
const HISTORY = 24;

export const store = {
  /** @type {Map<string, Machine>} */
  machines: new Map(),
  /** Counts changes of state: order, groups and tiles depend on it. */
  version: 0,
  /** Counts everything, progress too. */
  ticks: 0,
  loaded: false,
  /** @type {any} */ depot: {},
  /** @type {any} */ incident: {},
  /** @type {any} */ plan: {},
  /** @type {any} */ hello: {},
  /** @type {import('./feed.js').Link} */
  link: { state: 'connecting', since: Date.now() },
  /** The depot's clock minus ours, in milliseconds. */
  clockOffset: 0,
  heardAt: Date.now(),
  /** @type {{user: string, role: string}|null|undefined} undefined: not asked yet */
  session: undefined,
  /** @type {{id: number, tone: string, text: string}[]} */
  toasts: [],
};

/** @type {Set<() => void>} */
const listeners = new Set();
let scheduled = false;

/** Tells the page once a frame, however much came in. */
export function changed() {
  store.ticks += 1;
  if (scheduled) return;
  scheduled = true;
  const run = () => {
    scheduled = false;
    for (const listener of [...listeners]) listener();
  };
  if (document.hidden) setTimeout(run, 1_000);
  else requestAnimationFrame(run);
}

/** @template T @param {(s: typeof store) => T} select @returns {T} redraws only when the selected value changed */
export function useStore(select) {
  const [, redraw] = useState(0);
  const latest = useRef(/** @type {any} */ (null));
  const value = select(store);
  latest.current = { select, value };
  useEffect(() => {
    const listener = () => {
      if (latest.current.select(store) !== latest.current.value) redraw((n) => n + 1);
    };
    listeners.add(listener);
    listener();
    return () => { listeners.delete(listener); };
  }, []);
  return value;
}

/** Milliseconds by the depot's clock. */
export function depotNow() {
  return Date.now() + store.clockOffset;
}

/** @param {any} message from the feed */
export function receive(message) {
  HANDLERS[/** @type {keyof typeof HANDLERS} */ (message.kind)]?.(message);
  changed();
}

const HANDLERS = {
  /** @param {any} message */
  link({ link }) {
    store.link = link;
    if (link.state === 'signed_out') store.session = null;
  },
  /** @param {any} message */
  hello({ hello }) {
    store.hello = hello;
    heardServer(hello.server_time);
  },
  /** @param {any} message */
  hb({ hb }) {
    heardServer(hb.server_time);
    if (hb.depot) store.depot = hb.depot;
  },
  /** @param {any} message */
  snapshot({ snapshot }) {
    heardServer(snapshot.server_time);
    const before = store.machines;
    store.machines = new Map(snapshot.machines.map((/** @type {Machine} */ machine) =>
      [machine.id, { ...machine, history: before.get(machine.id)?.history ?? [] }]));
    store.depot = snapshot.depot ?? {};
    store.incident = snapshot.incident ?? {};
    store.plan = snapshot.plan ?? {};
    store.loaded = true;
    store.version += 1;
  },
  /** @param {any} message */
  machine({ machine }) {
    store.heardAt = Date.now();
    const known = store.machines.get(machine.id);
    store.machines.set(machine.id, { ...known, ...machine, history: known?.history ?? [] });
    store.version += 1;
  },
  /** @param {any} message */
  progress({ f, m }) {
    store.heardAt = Date.now();
    for (const row of m) applyProgress(f, row);
  },
};

/** @param {string[]} fields @param {any[]} row */
function applyProgress(fields, row) {
  const known = store.machines.get(row[fields.indexOf('id')]);
  if (!known || row[fields.indexOf('attempt')] < known.attempt) return;
  /** @type {any} */
  const progress = {};
  fields.forEach((name, at) => { if (name !== 'id' && name !== 'attempt') progress[name] = row[at]; });
  const finishedBefore = (known.progress?.done ?? 0) >= (known.progress?.total ?? 1);
  const history = [...(known.history ?? []).slice(1 - HISTORY), progress.bps ?? 0];
  store.machines.set(known.id, { ...known, progress, history });
  if (finishedBefore !== (progress.done >= progress.total)) store.version += 1;
}

/** @param {string|undefined} time */
function heardServer(time) {
  store.heardAt = Date.now();
  const server = time ? Date.parse(time) : NaN;
  if (!Number.isNaN(server)) store.clockOffset = server - Date.now();
}

let lastToast = 0;
/** @param {string} text @param {string} [tone] */
export function toast(text, tone = 'ready') {
  const id = ++lastToast;
  store.toasts = [...store.toasts, { id, tone, text }];
  changed();
  setTimeout(() => {
    store.toasts = store.toasts.filter((entry) => entry.id !== id);
    changed();
  }, 6_000);
}
