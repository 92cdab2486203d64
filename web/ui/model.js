// @ts-check
// What a machine's three words (phase, condition, contact) mean to the person who reads them. Pure: no page, no clock.
import { duration, secondsBetween } from './format.js';

/**
 * @typedef {{stage?: string, done?: number, total?: number, bps?: number, eta_lo?: number|null, eta_hi?: number|null, basis?: string|null}} Progress
 * @typedef {{place: number, at_once: number, starts_lo?: string|null, starts_hi?: string|null}} Queue
 * @typedef {{id: string, rev: number, seq: number, attempt: number, slot?: string, host?: string, model?: string, serial?: string,
 *   phase: string, condition: string, contact: string, last_contact?: string, code?: string, params?: Record<string, any>,
 *   sentence?: string, next_action?: string, actions?: string[], short_code?: string,
 *   disk?: {serial?: string, model?: string, size_bytes?: number}, mac?: string, firmware?: string, address?: string,
 *   progress?: Progress, queue?: Queue|null, stages?: Record<string, string>, evidence_id?: string, verified_at?: string,
 *   image_name?: string, started_at?: string, finished_at?: string, history?: number[]}} Machine
 * @typedef {'attention'|'approve'|'running'|'waiting'|'ready'} Group
 * @typedef {{group: Group, tone: string, icon: string, word: string, reason: string, next: string}} Status
 */

export const STAGES = /** @type {const} */ (['find', 'copy', 'check', 'install', 'restore', 'test']);
/** @type {Record<string, string>} */
export const STAGE_TITLES = {
  find: 'Find', copy: 'Copy', check: 'Check', install: 'Install', restore: 'Restore', test: 'Test',
};

/** @type {{id: Group, title: string, icon: string}[]} */
export const GROUPS = [
  { id: 'attention', title: 'Needs you', icon: 'triangle' },
  { id: 'approve', title: 'Approve', icon: 'diamond' },
  { id: 'running', title: 'Running', icon: 'play' },
  { id: 'waiting', title: 'Waiting', icon: 'bars' },
  { id: 'ready', title: 'Ready', icon: 'tick' },
];

/** Word, reason and next action of every phase, used where the depot sent none. */
/** @type {Record<string, {group: Group, icon: string, word: string, short: string, reason: string, next: string}>} */
const PHASES = {
  discovered: { group: 'waiting', icon: 'bars', word: 'Found', short: 'Found', reason: 'Reading the hardware. Disk not changed.', next: 'Nothing to do: it asks for approval by itself.' },
  awaiting_approval: { group: 'approve', icon: 'diamond', word: 'Waiting for approval', short: 'Approve', reason: 'Nothing happens to the disk before approval.', next: 'Compare the code on its screen and approve.' },
  queued: { group: 'waiting', icon: 'bars', word: 'Waiting its turn', short: 'Waiting', reason: 'Approved. Waiting for a free place.', next: 'Nothing to do: it starts by itself.' },
  copying: { group: 'running', icon: 'play', word: 'Copying evidence', short: 'Copying', reason: 'Reading the disk. Disk not changed.', next: 'Nothing to do: leave power and cable on.' },
  verifying_copy: { group: 'running', icon: 'play', word: 'Checking the copy', short: 'Checking', reason: 'Checking the copy. Disk not yet changed.', next: 'Nothing to do: leave power and cable on.' },
  imaging: { group: 'running', icon: 'play', word: 'Installing', short: 'Installing', reason: 'Writing the golden image. The evidence is safe at the depot.', next: 'Nothing to do: leave power and cable on.' },
  restoring: { group: 'running', icon: 'play', word: 'Restoring user data', short: 'Restoring', reason: 'Putting the user’s files back and checking each one.', next: 'Nothing to do: leave power and cable on.' },
  verifying_install: { group: 'running', icon: 'play', word: 'Testing the start', short: 'Testing', reason: 'Starting from its own disk. Waiting for it to report in.', next: 'If its screen shows an error for 10 minutes, use Retry.' },
  ready: { group: 'ready', icon: 'tick', word: 'Ready to collect', short: 'Ready', reason: 'Installed, restored and started from its own disk.', next: 'Take it back to the ward.' },
  collected: { group: 'ready', icon: 'tick', word: 'Collected', short: 'Collected', reason: 'Handed back.', next: 'Nothing to do.' },
};
const UNKNOWN_PHASE = { group: /** @type {Group} */ ('waiting'), icon: 'bars', word: 'Unknown state', short: 'Unknown', reason: 'This page does not know the state the depot sent.', next: 'Reload the page; if it stays, look at the machine’s log.' };

/** Phases in which our agent runs on the machine, so that silence means trouble. */
const AGENT_PHASES = new Set(['copying', 'verifying_copy', 'imaging', 'restoring']);

/** What a tool said may lack its full stop, and a next action follows it. @param {string|undefined} text */
const sentence = (text) => (!text || /[.!?…]$/.test(text) ? text : `${text}.`);

/** @param {Machine} machine */
export function isLost(machine) {
  return machine.contact === 'lost' && machine.condition === 'ok' && AGENT_PHASES.has(machine.phase);
}

/**
 * The one place where three words become one line.
 * @param {Machine} machine @param {number} now milliseconds by the depot's clock @returns {Status}
 */
export function status(machine, now) {
  const phase = PHASES[machine.phase] ?? UNKNOWN_PHASE;
  const doing = phase.word.charAt(0).toLowerCase() + phase.word.slice(1);
  const reason = sentence(machine.sentence) || phase.reason;
  const next = machine.next_action || phase.next;
  switch (machine.condition) {
    case 'needs_you':
      return { group: 'attention', tone: 'attention', icon: 'triangle', word: `Needs you: ${doing}`, reason, next: machine.next_action || 'Open the machine and choose what to do.' };
    case 'failed':
      return { group: 'attention', tone: 'attention', icon: 'triangle', word: `Failed: ${doing}`, reason, next: machine.next_action || 'Open the machine, read the reason, then Retry.' };
    case 'interrupted':
      return { group: 'attention', tone: 'waiting', icon: 'broken', word: `Interrupted: ${doing}`, reason: machine.contact === 'live' ? reason : silence(machine, now), next: machine.next_action || 'Check power and network cable; it goes on by itself.' };
    case 'held':
      return { group: 'waiting', tone: 'waiting', icon: 'hand', word: `Held: ${doing}`, reason: machine.sentence || 'Someone put this machine on hold.', next: machine.next_action || 'Resume when it may go on.' };
    case 'cancelled':
      return { group: 'waiting', tone: 'waiting', icon: 'hand', word: 'Stopped', reason: machine.sentence || 'Someone stopped this attempt.', next: machine.next_action || 'Retry starts a new attempt.' };
    default:
  }
  if (isLost(machine)) {
    return { group: 'attention', tone: 'waiting', icon: 'broken', word: `Interrupted: ${doing}`, reason: silence(machine, now), next: 'Check power and cable; it goes on by itself.' };
  }
  return { group: phase.group, tone: phase.group, icon: phase.icon, word: finishing(machine) ? `Finishing: ${doing}` : phase.word, reason, next };
}

/** @param {Machine} machine @param {number} now */
function silence(machine, now) {
  const since = secondsBetween(machine.last_contact, new Date(now).toISOString());
  return since === null ? 'No contact.' : `No contact for ${duration(since)}.`;
}

/** All bytes are through but the stage has not ended: a visible step of its own. @param {Machine} machine */
export function finishing(machine) {
  const progress = machine.progress;
  return Boolean(PHASES[machine.phase]?.group === 'running' && progress?.total && (progress.done ?? 0) >= progress.total);
}

/** One word for a small place, such as the wall. @param {Machine} machine */
export function shortWord(machine) {
  /** @type {Record<string, string>} */
  const conditions = { needs_you: 'Needs you', failed: 'Failed', interrupted: 'Interrupted', held: 'Held', cancelled: 'Stopped' };
  if (isLost(machine)) return conditions.interrupted;
  return conditions[machine.condition] ?? (PHASES[machine.phase] ?? UNKNOWN_PHASE).short;
}

/** Group alone, cheap enough for a thousand machines a tick. @param {Machine} machine @returns {Group} */
export function groupOf(machine) {
  const condition = machine.condition;
  if (condition === 'needs_you' || condition === 'failed' || condition === 'interrupted' || isLost(machine)) return 'attention';
  if (condition === 'held' || condition === 'cancelled') return 'waiting';
  return (PHASES[machine.phase] ?? UNKNOWN_PHASE).group;
}

/** @param {Machine} machine */
export function activeStage(machine) {
  const stages = machine.stages ?? {};
  return STAGES.find((name) => stages[name] === 'active' || stages[name] === 'failed') ?? null;
}

/** The machine's name, the best one known. @param {Machine} machine */
export function title(machine) {
  return machine.host || machine.model || machine.serial || machine.id;
}

/** Slot, or the id where none is given yet. @param {Machine} machine */
export function place(machine) {
  return machine.slot || machine.id;
}

/** The room is the letters before the slot's number: "B07" stands in B. @param {Machine} machine */
export function room(machine) {
  return /^[^\d]+/.exec(machine.slot ?? '')?.[0].replace(/[-\s]+$/, '') ?? '';
}

const BY_SLOT = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
/** @param {Machine} a @param {Machine} b */
export function bySlot(a, b) {
  return BY_SLOT.compare(a.slot || '\uffff', b.slot || '\uffff') || BY_SLOT.compare(a.id, b.id);
}

/** @typedef {{text: string, group: string, room: string, image: string}} Filter */
/** @type {Filter} */
export const NO_FILTER = { text: '', group: '', room: '', image: '' };

/** @param {Machine[]} machines @param {Filter} filter */
export function matching(machines, filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return machines.filter((machine) => {
    if (filter.group && groupOf(machine) !== filter.group) return false;
    if (filter.room && room(machine) !== filter.room) return false;
    if (filter.image && machine.image_name !== filter.image) return false;
    if (!words.length) return true;
    const text = [machine.slot, machine.host, machine.model, machine.serial, machine.id, machine.mac,
      machine.disk?.serial, machine.code, machine.short_code].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** @param {Iterable<Machine>} machines @returns {Record<Group, number>} */
export function count(machines) {
  const counts = { attention: 0, approve: 0, running: 0, waiting: 0, ready: 0 };
  for (const machine of machines) counts[groupOf(machine)] += 1;
  return counts;
}
