// @ts-check
import { html, useState } from '../html.js';
import { Icon } from '../icons.js';
import { bytes, moment } from '../format.js';
import { useStore } from '../store.js';
import { Access } from '../parts/access.js';
import { Facts, PageHead } from '../parts/basics.js';
import { keysOn, setKeysOn } from '../parts/keys.js';

const KEY = 'resus-theme';

/** Dark or light as chosen here, otherwise as the system says. */
export function applyTheme() {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

/** @param {{state?: string, detail?: string}} props */
function Netboot({ state, detail }) {
  const good = state === 'running' || state === 'ok' || state === 'serving';
  if (!state) return html`<span class="muted">The depot did not say.</span>`;
  return html`<span class=${`status tone-${good ? 'ready' : 'approve'}`}><${Icon} name=${good ? 'tick' : 'diamond'} /><span>${state}${detail ? `: ${detail}` : ''}</span></span>`;
}

/** @param {any} plan */
function approvalText(plan) {
  if (plan.auto_approve === undefined) return '';
  return plan.auto_approve ? 'by the plan: nobody compares codes' : 'by a person who compares the code';
}

export function SettingsPage() {
  const depot = useStore((s) => s.depot);
  const hello = useStore((s) => s.hello);
  const plan = useStore((s) => s.plan);
  const incident = useStore((s) => s.incident);
  const session = useStore((s) => s.session);
  const [theme, setTheme] = useState(localStorage.getItem(KEY) ?? 'system');
  const [keys, setKeys] = useState(keysOn);
  const switchKeys = () => {
    setKeysOn(!keys);
    setKeys(!keys);
  };
  const choose = (/** @type {string} */ value) => {
    if (value === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
    applyTheme();
    setTheme(value);
  };
  const ui = new URL(import.meta.url).pathname.split('/')[2] ?? '';
  return html`<${PageHead} title="Settings" note="Facts about this depot. They are changed in its configuration file under /etc/resus/." />
    <div class="cards"><section class="card"><h2>Depot</h2><${Facts} rows=${[
      ['Incident', incident.name], ['Address', depot.address && html`<code>${depot.address}</code>`],
      ['Evidence disk', `${bytes(depot.used_bytes)} of ${bytes(depot.total_bytes)} used`], ['Full', depot.full_at ? `about ${moment(depot.full_at)}` : 'not in sight'],
      ['Network boot', html`<${Netboot} ...${depot.netboot ?? {}} />`]]} /></section>
    <section class="card"><h2>Plan for new machines</h2><${Facts} rows=${[
      ['Golden image', plan.image_name || plan.image_id], ['Backup', plan.backup_id], ['Approval', approvalText(plan)]]} />
      <p><a class="button" href="/images">Images and backups</a></p></section>
    <section class="card"><h2>Versions</h2><${Facts} rows=${[
      ['Depot program', depot.version], ['Started as', hello.boot && html`<code>${hello.boot}</code>`], ['Interface', html`<code>${ui.slice(0, 16)}</code>`],
      ['Depot’s clock', moment(hello.server_time)]]} /></section>
    <section class="card"><h2>You</h2><${Facts} rows=${[['Name', session?.user], ['Role', session?.role]]} />
      <label class="field"><span>Appearance on this screen</span><select value=${theme} onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
        <option value="system">As this computer is set</option><option value="dark">Dark</option><option value="light">Light</option></select></label>
      <label class="check"><input type="checkbox" checked=${keys} onClick=${switchKeys} /><span>Single keys on the machine list (j, k, x, f, /, ?)</span></label></section>
    ${session?.role === 'admin' && html`<${Access} />`}</div>`;
}
