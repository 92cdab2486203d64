// @ts-check
// Questions asked before something happens, and their outcome machine by machine.
import { html, useEffect, useRef, useState } from '../html.js';
import { Icon } from '../icons.js';
import { sendBatch } from '../api.js';
import { bytes, clock, plural } from '../format.js';
import { place, title } from '../model.js';
import { ACTIONS } from './actions.js';
import { ProblemBox } from './basics.js';

/** @typedef {import('../model.js').Machine} Machine */

/** @param {{label: string, onClose: () => void, sheet?: boolean, children?: any}} props */
export function Dialog({ label, onClose, sheet = false, children }) {
  const box = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return html`<dialog ref=${box} class=${sheet ? 'sheet' : ''} aria-label=${label} onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}
    onClick=${(/** @type {MouseEvent} */ event) => { if (event.target === box.current) onClose(); }}>
    <div class="dialog-body"><div class="dialog-head"><h2>${label}</h2>
      <button class="icon-button" onClick=${onClose} aria-label="Close"><${Icon} name="close" /></button></div>
      ${children}</div></dialog>`;
}

/** Exactly which machine is meant: slot first, then what is printed on it. @param {{machine: Machine}} props */
export function Identity({ machine }) {
  return html`<div class="identity"><span class="slot">${place(machine)}</span>
    <div><strong>${title(machine)}</strong><span class="muted">${machine.model || ''}</span>
      <span class="muted">Disk ${machine.disk?.serial || '–'} · ${bytes(machine.disk?.size_bytes)}</span>
      <span class="muted">${machine.verified_at ? `Copy verified ${clock(machine.verified_at)}` : 'Copy not verified yet'}</span></div></div>`;
}

/** What must be typed so that it is meant: the slot, or in bulk the count. @param {Machine[]} machines */
export function intentWord(machines) {
  return machines.length === 1 ? place(machines[0]) : String(machines.length);
}

/** @param {string} typed @param {string} wanted */
export function sameIntent(typed, wanted) {
  return typed.trim().toUpperCase() === wanted.toUpperCase();
}

/** @param {{machines: Machine[], value: string, onInput: (value: string) => void, verb: string}} props */
export function IntentField({ machines, value, onInput, verb }) {
  const wanted = intentWord(machines);
  const what = machines.length === 1 ? 'slot' : 'number of machines';
  return html`<label class="field"><span>Type the ${what} <strong class="typed">${wanted}</strong> to ${verb}</span>
    <input name="intent" autocomplete="off" autocapitalize="characters" spellcheck=${false} value=${value}
      onInput=${(/** @type {any} */ event) => onInput(event.target.value)} /></label>`;
}

/** @param {{results: any[], machines: Machine[]}} props */
export function Results({ results, machines }) {
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  return html`<ul class="results" aria-label="Result per machine">${results.map((result) => {
    const machine = byId.get(result.id);
    return html`<li key=${result.id} class=${result.ok ? 'tone-ready' : 'tone-attention'}><${Icon} name=${result.ok ? 'tick' : 'triangle'} />
      <span class="slot">${machine ? place(machine) : result.id}</span>
      <span class="outcome">${result.ok ? 'Done' : html`${result.detail || 'Refused'} ${result.code && html`<a href=${`/help/${result.code}`}>${result.code}</a>`}`}</span></li>`;
  })}</ul>`;
}

/**
 * Asks for one action on one or many machines, sends it, shows each result and offers the failed ones again.
 * @param {{name: string, machines: Machine[], onClose: () => void}} props
 */
export function ActionDialog({ name, machines, onClose }) {
  const action = ACTIONS[name];
  const [targets, setTargets] = useState(machines);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState(/** @type {{results: any[]}|null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const meant = !action.intent || sameIntent(typed, intentWord(targets));
  const ready = meant && (!action.reason || reason.trim().length > 2) && !busy;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    try {
      setOutcome(await sendBatch(batchFor(name, targets, reason.trim())));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const failed = (outcome?.results ?? []).filter((result) => !result.ok);
  const again = () => {
    const ids = new Set(failed.map((result) => result.id));
    setTargets(targets.filter((machine) => ids.has(machine.id)));
    setOutcome(null);
    setTyped('');
  };
  const label = targets.length === 1 ? `${action.ask}: ${place(targets[0])}` : `${action.ask}: ${plural(targets.length, 'machine')}`;
  if (outcome) {
    return html`<${Dialog} label=${label} onClose=${onClose}>
      <${Results} results=${outcome.results ?? []} machines=${targets} />
      <div class="buttons">${failed.length > 0 && html`<button onClick=${again}>Try the ${plural(failed.length, 'failed one')} again</button>`}
        <button class="primary" onClick=${onClose}>Close</button></div></${Dialog}>`;
  }
  return html`<${Dialog} label=${label} onClose=${onClose}><form onSubmit=${submit}>
    ${targets.length === 1 ? html`<${Identity} machine=${targets[0]} />` : html`<p class="slots">${targets.map((machine) => html`<span class="slot small" key=${machine.id}>${place(machine)}</span>`)}</p>`}
    <p>${action.consequence}</p>
    ${action.reason && html`<label class="field"><span>Reason (kept in the audit)</span><input name="reason" autocomplete="off" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>`}
    ${action.intent && html`<${IntentField} machines=${targets} value=${typed} onInput=${setTyped} verb="confirm" />`}
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <div class="buttons"><button type="button" onClick=${onClose}>Keep as it is</button>
      <button class=${action.tone === 'danger' ? 'danger' : 'primary'} disabled=${!ready}>${busy ? 'Sending…' : action.button}</button></div>
  </form></${Dialog}>`;
}

/** @param {string} name @param {Machine[]} targets @param {string} reason */
function batchFor(name, targets, reason) {
  const one = targets.length === 1 ? targets[0] : null;
  return {
    action: name, ids: targets.map((machine) => machine.id), reason,
    params: one ? { disk_serial: one.disk?.serial ?? '', attempt: one.attempt } : {},
    confirm: one ? { slot: place(one) } : { count: targets.length },
    revision: one && ACTIONS[name].intent ? one.rev : undefined,
  };
}
