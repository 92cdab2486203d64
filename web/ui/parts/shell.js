// @ts-check
// What stands around every page: brand, navigation, how old the page is, and the banner when it is old.
import { html, useEffect, useState } from '../html.js';
import { Icon } from '../icons.js';
import { signOut } from '../api.js';
import { bytes, clock, lineRate, plural } from '../format.js';
import { count } from '../model.js';
import { changed, store, toast, useStore } from '../store.js';
import { useBeat } from './basics.js';

/** @type {[string, string][]} */
const PAGES = [['/', 'Machines'], ['/approve', 'Approve'], ['/evidence', 'Evidence'], ['/images', 'Images'], ['/jobs', 'Jobs'],
  ['/reports', 'Reports'], ['/audit', 'Audit'], ['/settings', 'Settings'], ['/wall', 'Wall']];

/** Interface version this page was loaded with: the folder its modules came from. */
const OWN_UI = new URL(import.meta.url).pathname.split('/')[2] ?? '';

/** Whether the depot serves a newer interface than this page runs. */
export function outdated() {
  return Boolean(store.hello.ui && OWN_UI && store.hello.ui !== OWN_UI);
}

export function LiveBadge() {
  useBeat(1_000);
  const link = useStore((s) => s.link);
  const age = Math.max(0, Math.round((Date.now() - store.heardAt) / 1000));
  if (link.state === 'live') return html`<span class="badge tone-ready"><span class="dot"></span>Live · ${age} s ago</span>`;
  if (link.state === 'lost') return html`<span class="badge tone-waiting"><${Icon} name="broken" />No contact since ${clock(link.since)}</span>`;
  return html`<span class="badge tone-waiting"><span class="dot hollow"></span>${store.loaded ? `Reconnecting · ${age} s ago` : 'Connecting'}</span>`;
}

/** Said once for the whole page, in words a tired person acts on. */
export function Banner() {
  const link = useStore((s) => s.link);
  useStore((s) => s.hello);
  const message = link.state === 'lost' && store.loaded
    ? html`<${Icon} name="broken" /><span><strong>No contact with the depot since ${clock(link.since)}.</strong> What you see is from then. Machines keep working; this page reconnects by itself.</span>`
    : null;
  return html`<div class="banners" role="status" aria-live="polite">
    ${message && html`<div class="banner stale-banner">${message}</div>`}
    ${outdated() && html`<div class="banner"><${Icon} name="info" /><span>The depot has a newer interface.</span><button onClick=${() => location.reload()}>Reload</button></div>`}</div>`;
}

function Facts() {
  const depot = useStore((s) => s.depot);
  useStore((s) => Math.floor(s.ticks / 4));
  let rate = 0;
  for (const machine of store.machines.values()) if (machine.contact === 'live') rate += machine.progress?.bps ?? 0;
  if (!store.loaded) return null;
  return html`<span class="fact">Depot ${bytes(depot.used_bytes)} of ${bytes(depot.total_bytes)}${depot.full_at ? html` · full ~${weekday(depot.full_at)}` : ''}</span>
    <span class="fact">${lineRate(rate || depot.rx_bps)}</span>`;
}

/** @param {string} time */
function weekday(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '–' : `${date.toLocaleDateString('en-GB', { weekday: 'short' })} ${clock(time)}`;
}

async function leave() {
  try {
    await signOut();
    location.assign('/');
  } catch (error) {
    toast(/** @type {Error} */ (error).message, 'attention');
  }
}

/** @param {{path: string}} props */
export function Header({ path }) {
  const [open, setOpen] = useState(false);
  const incident = useStore((s) => s.incident);
  useStore((s) => s.version);
  useEffect(() => setOpen(false), [path]);
  const waiting = count(store.machines.values()).approve;
  return html`<header class="top"><div class="bar">
      <a class="brand" href="/"><${Icon} name="pulse" size=${20} /><span>Resus</span></a>
      <span class="incident">${incident.name || ''}</span>
      <${LiveBadge} /><span class="facts-line"><${Facts} /></span>
      <button class="icon-button menu-button" aria-expanded=${open} aria-controls="nav" aria-label="Menu" onClick=${() => setOpen(!open)}><${Icon} name=${open ? 'close' : 'menu'} /></button></div>
    <nav id="nav" class=${open ? 'open' : ''} aria-label="Pages">${PAGES.map(([href, name]) => html`<a key=${href} href=${href} aria-current=${path === href ? 'page' : undefined}>${name}${href === '/approve' && waiting > 0 ? html` <span class="count" aria-label=${plural(waiting, 'machine') + ' waiting'}>${waiting}</span>` : ''}</a>`)}</nav></header>`;
}

export function Footer() {
  const session = useStore((s) => s.session);
  return html`<footer><span>Signed in: <strong>${session?.user}</strong> (${session?.role})</span>
    <button class="quiet" onClick=${leave}>Sign out</button></footer>`;
}

export function Toasts() {
  const toasts = useStore((s) => s.toasts);
  const dismiss = (/** @type {number} */ id) => {
    store.toasts = store.toasts.filter((entry) => entry.id !== id);
    changed();
  };
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.map((entry) => html`<div class=${`toast tone-${entry.tone}`} key=${entry.id}>
    <${Icon} name=${entry.tone === 'ready' ? 'tick' : 'triangle'} /><span>${entry.text}</span>
    <button class="icon-button" aria-label="Dismiss" onClick=${() => dismiss(entry.id)}><${Icon} name="close" /></button></div>`)}</div>`;
}
