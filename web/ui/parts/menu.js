// @ts-check
// Actions on chosen machines, as buttons in a dialog; on a phone it is a sheet from below.
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { plural } from '../format.js';
import { place, title } from '../model.js';
import { ACTIONS, actionsOfAll, labelFor, locate } from './actions.js';
import { Dialog } from './dialog.js';

/** @typedef {import('../model.js').Machine} Machine */

/** Machines that wait for approval: new ones, and those whose agent came back with a new key. @param {Machine[]} machines */
export function toApprove(machines) {
  return machines.filter((machine) => machine.actions?.includes('approve'));
}

/** @param {Machine[]} machines */
export function approveHref(machines) {
  return `/approve?ids=${machines.map((machine) => encodeURIComponent(machine.id)).join(',')}`;
}

/** More than this no address can name. */
export const MOST_LABELS = 500;

/** A page to print: a label with a code for each PC. @param {Machine[]} machines */
export function labelsHref(machines) {
  return `/api/v1/labels?ids=${machines.map((machine) => encodeURIComponent(machine.id)).join(',')}`;
}

/** @param {{machines: Machine[], onAsk: (name: string, machines: Machine[]) => void, onClose: () => void}} props */
export function ActionMenu({ machines, onAsk, onClose }) {
  const one = machines.length === 1 ? machines[0] : null;
  const waiting = toApprove(machines);
  const entries = actionsOfAll(machines);
  const choose = (/** @type {{name: string, machines: Machine[]}} */ entry) => {
    onClose();
    if (ACTIONS[entry.name].instant) void locate(entry.machines);
    else onAsk(entry.name, entry.machines);
  };
  return html`<${Dialog} sheet label=${one ? `${place(one)} · ${title(one)}` : plural(machines.length, 'machine')} onClose=${onClose}>
    <ul class="menu">
      ${one && html`<li><a class="button" href=${`/m/${encodeURIComponent(one.id)}`}><strong>Open</strong><span>Timeline, disk, evidence and log.</span></a></li>`}
      ${waiting.length > 0 && html`<li><a class="button" href=${approveHref(waiting)}><strong>Approve${one ? '' : ` ${waiting.length}`}</strong><span>Compare the code, choose image and backup.</span></a></li>`}
      ${entries.map((entry) => html`<li key=${entry.name}><button onClick=${() => choose(entry)}>
        <strong>${one ? labelFor(entry.name, one) : `${ACTIONS[entry.name].label} ${entry.machines.length}`}</strong><span>${ACTIONS[entry.name].consequence}</span></button></li>`)}
    </ul>${!entries.length && !waiting.length && html`<p class="muted">Nothing can be done to ${one ? 'this machine' : 'these machines'} right now.</p>`}</${Dialog}>`;
}

/** @type {[string, string][]} */
const KEYS = [['j', 'Next machine'], ['k', 'Machine before'], ['x', 'Select or leave out'], ['f', 'Find: it shows its slot on its screen'],
  ['/', 'Search'], ['Enter', 'Open the machine'], ['Esc', 'Clear search and selection'], ['?', 'These keys']];

/** @param {{onClose: () => void}} props */
export function KeysDialog({ onClose }) {
  return html`<${Dialog} label="Keys" onClose=${onClose}><dl class="keys">${KEYS.map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <p class="muted"><${Icon} name="info" /> Keys can be switched off in <a href="/settings">Settings</a>.</p></${Dialog}>`;
}
