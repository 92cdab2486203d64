// @ts-check
// What can be done to machines, with the consequence each button names before anything happens.
import { sendBatch } from '../api.js';
import { toast } from '../store.js';
import { place, title } from '../model.js';

/**
 * @typedef {import('../model.js').Machine} Machine
 * @typedef {{label: string, ask: string, consequence: string, button: string, reason?: boolean, intent?: boolean, tone?: string, instant?: boolean}} Action
 */

/** intent: the slot (in bulk the count) is typed before it happens. reason: a reason is demanded and kept in the audit. */
/** @type {Record<string, Action>} */
export const ACTIONS = {
  accept_gaps: {
    label: 'Accept gaps', ask: 'Accept the unreadable parts', reason: true, intent: true, tone: 'warn', button: 'Accept gaps and go on',
    consequence: 'The unreadable ranges stay recorded as unreadable in the evidence. The machine goes on and its disk will be written. This cannot be taken back.',
  },
  accept_disk: {
    label: 'Copy as it is', ask: 'Copy the disk as it is', reason: true, intent: true, tone: 'warn', button: 'Copy as it is',
    consequence: 'What is hidden or locked is not in the copy, what is encrypted is copied as it is. The record says so, and your name and reason stand in the custody log.',
  },
  accept_unscanned: {
    label: 'Restore unscanned', ask: 'Restore a backup that was not wholly scanned', reason: true, intent: true, tone: 'warn', button: 'Restore it all the same',
    consequence: 'Files that no malware scan has looked at are put onto the machine. Your name and reason stand in the custody log.',
  },
  retry: {
    label: 'Retry', ask: 'Start a new attempt', button: 'Start new attempt',
    consequence: 'A new attempt begins. What is already at the depot is kept and not sent again.',
  },
  resume: {
    label: 'Resume', ask: 'Resume', button: 'Resume',
    consequence: 'Goes on where it was held.',
  },
  hold: {
    label: 'Hold', ask: 'Hold', button: 'Hold after this step',
    consequence: 'Finishes the step it is in, then waits. Nothing is lost; Resume goes on from there.',
  },
  cancel: {
    label: 'Stop…', ask: 'Stop now', reason: true, intent: true, tone: 'danger', button: 'Stop now',
    consequence: 'Ends this attempt at once. Evidence at the depot is kept. If its disk was being written, it cannot start until a new attempt has finished.',
  },
  release: {
    label: 'Release…', ask: 'Release from the network', reason: true, intent: true, tone: 'danger', button: 'Release',
    consequence: 'The machine starts from its own disk from now on. If recovery has not finished, that disk may still be infected.',
  },
  collect: {
    label: 'Collected', ask: 'Mark as collected', button: 'Mark as collected',
    consequence: 'Says that the machine has left the imaging room. Nothing on it changes.',
  },
  locate: { label: 'Find', ask: 'Find', button: 'Find', instant: true, consequence: 'Shows slot and id large on the machine’s own screen.' },
};

/** Order in which buttons stand. */
const ORDER = ['accept_gaps', 'accept_disk', 'accept_unscanned', 'collect', 'retry', 'resume', 'hold', 'locate', 'release', 'cancel'];

/** @param {Machine} machine @returns {string[]} */
export function actionsOf(machine) {
  const offered = new Set(machine.actions ?? []);
  return ORDER.filter((name) => offered.has(name));
}

/** @param {Machine[]} machines @returns {{name: string, machines: Machine[]}[]} */
export function actionsOfAll(machines) {
  return ORDER.map((name) => ({ name, machines: machines.filter((machine) => machine.actions?.includes(name)) }))
    .filter((entry) => entry.machines.length > 0);
}

/** @param {string} name @param {Machine} machine */
export function labelFor(name, machine) {
  return name === 'locate' ? `Find ${place(machine)}` : ACTIONS[name].label;
}

/** Makes that PC show itself; needs no question because it changes nothing. @param {Machine[]} machines */
export async function locate(machines) {
  try {
    const answer = await sendBatch({ action: 'locate', ids: machines.map((machine) => machine.id) });
    const failed = (answer?.results ?? []).filter((/** @type {any} */ result) => !result.ok);
    if (failed.length) toast(`${failed[0].detail || failed[0].code || 'Could not find it.'}`, 'attention');
    else if (machines.length === 1) toast(`${place(machines[0])} now shows its slot on its own screen (${title(machines[0])}).`);
    else toast(`${machines.length} machines now show their slots on their own screens.`);
  } catch (error) {
    toast(`${/** @type {Error} */ (error).message} ${/** @type {any} */ (error).nextAction ?? ''}`, 'attention');
  }
}
