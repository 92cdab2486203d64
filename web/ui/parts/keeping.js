// @ts-check
// How long evidence stays: legal holds, and its deletion.
import { html, useState } from '../html.js';
import { post } from '../api.js';
import { bytes, moment } from '../format.js';
import { Dialog, sameIntent } from './dialog.js';
import { ProblemBox, useFetched } from './basics.js';
import { may } from './jobs.js';

/** @type {Record<string, {label: string, says: string, button: string, tone: string}>} */
const ORDERS = {
  hold: { label: 'Hold', says: 'Nobody can delete it until an admin lifts all holds.', button: 'Hold it', tone: 'primary' },
  unhold: { label: 'Lift holds', says: 'All holds end. It can be deleted again when its time has come.', button: 'Lift all holds', tone: 'primary' },
  delete: { label: 'Delete', says: 'The copy of the disk is destroyed for good. Its signed record and the custody log stay, and so do blocks that other evidence needs.', button: 'Delete for good', tone: 'danger' },
};

/** @param {{entry: any, name: string, onClose: () => void, onDone: () => void}} props */
function Order({ entry, name, onClose, onDone }) {
  const { label, says, button, tone } = ORDERS[name];
  const [form, setForm] = useState({ reason: '', override: '', typed: '' });
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const wanted = entry.id.slice(-6);
  const forEver = name === 'delete' && !entry.retention.kept_until;
  const ready = form.reason.trim() && (!forEver || form.override.trim()) && (name !== 'delete' || sameIntent(form.typed, wanted));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready) return;
    const order = { reason: form.reason.trim(), ...(name === 'delete' && { override_reason: form.override.trim(), confirm: { id: entry.id } }) };
    try {
      await post(`/api/v1/evidence/${encodeURIComponent(entry.id)}/${name}`, order);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error);
    }
  };
  const field = (/** @type {'reason'|'override'|'typed'} */ key, /** @type {any} */ text) => html`<label class="field"><span>${text}</span>
    <input name=${key} autocomplete="off" value=${form[key]} onInput=${(/** @type {any} */ event) => setForm({ ...form, [key]: event.target.value })} /></label>`;
  return html`<${Dialog} label=${`${label}: ${entry.slot || entry.id}`} onClose=${onClose}><form onSubmit=${submit}>
    <p>${says}</p>${field('reason', 'Reason (kept in the audit)')}
    ${forEver && field('override', 'Evidence is kept for ever here. Why may this go all the same?')}
    ${name === 'delete' && field('typed', html`Type the end of its id <strong class="typed">${wanted}</strong> to confirm`)}
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <div class="buttons"><button type="button" onClick=${onClose}>Keep as it is</button><button class=${tone} disabled=${!ready}>${button}</button></div></form></${Dialog}>`;
}

/** Who holds it, and what may be done about it. @param {{entry: any, onDone: () => void}} props */
export function Keeping({ entry, onDone }) {
  const [name, setName] = useState('');
  const { holds, kept_until: until } = entry.retention;
  const button = (/** @type {string} */ order) => html`<button aria-label=${`${ORDERS[order].label} ${entry.id}`} onClick=${() => setName(order)}>${ORDERS[order].label}…</button>`;
  return html`${holds.map((/** @type {any} */ hold) => html`<p class="status" key=${hold.time}>Held by ${hold.actor} since ${moment(hold.time)}: ${hold.reason}</p>`)}
    <p class="links">${until && html`<span class="muted">Kept until ${moment(until)}</span>`}${may('supervisor') && button('hold')}${may('admin') && button(holds.length ? 'unhold' : 'delete')}</p>
    ${name && html`<${Order} entry=${entry} name=${name} onClose=${() => setName('')} onDone=${onDone} />`}`;
}

/** What was deleted, by whom and why. @param {{beat: any}} props */
export function Deleted({ beat }) {
  const { data } = useFetched('/api/v1/deleted-evidence', beat);
  const gone = data?.deleted ?? [];
  if (!gone.length) return null;
  return html`<section class="card"><h2>Deleted evidence</h2><ul>${gone.map((/** @type {any} */ one) => html`<li key=${one.id}>
    <a href=${`/api/v1/evidence/${encodeURIComponent(one.id)}/report`} target="_blank"><code>${one.id}</code></a> ${one.machine_id ? `of ${one.machine_id}` : 'from a workbench'}, ${bytes(one.disk_bytes)}: deleted ${moment(one.deleted_at)} by ${one.actor}, ${one.reason}${one.freed ? '' : ' (its space waits for copies to end)'}</li>`)}</ul></section>`;
}
