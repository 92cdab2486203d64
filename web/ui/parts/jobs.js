// @ts-check
// What the depot does with its store because somebody asked: checks, imports, exports. Shown beside what it is about.
import { html, useEffect, useRef, useState } from '../html.js';
import { Icon } from '../icons.js';
import { post, remove } from '../api.js';
import { bytes, moment, percent, plural } from '../format.js';
import { store } from '../store.js';
import { ProblemBox, useFetched } from './basics.js';

const LOOK_MS = 2_000;
const ROLES = ['wall', 'viewer', 'technician', 'supervisor', 'admin'];
/** @param {string} role the least that is needed; buttons that would be refused are not shown */
export const may = (role) => ROLES.indexOf(store.session?.role ?? '') >= ROLES.indexOf(role);

/** @typedef {{id: string, kind: string, subject: string, actor: string, state: string, done: number, total: number, unit: string, created_at: string, started_at: string|null, finished_at: string|null, retry: boolean, result: any, problem: any}} Job */

/** @param {(job: Job) => void} [ended] called for each job that ended while the page looked on */
export function useJobs(ended) {
  const [beat, setBeat] = useState(0);
  const [refused, setRefused] = useState(/** @type {any} */ (null));
  /** Those that had ended when the page last looked; unknown before its first look. */
  const over = useRef(/** @type {Set<string>|null} */ (null));
  const { data, problem, reload } = useFetched('/api/v1/jobs', beat);
  /** @type {Job[]} */
  const jobs = data?.jobs ?? [];
  useEffect(() => {
    const timer = setInterval(() => setBeat((n) => n + 1), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!data) return;
    const finished = jobs.filter((job) => job.finished_at);
    for (const job of finished) if (over.current && !over.current.has(job.id)) ended?.(job);
    over.current = new Set(finished.map((job) => job.id));
  }, [data]);
  const act = async (/** @type {Promise<any>} */ asked) => {
    setRefused(null);
    try {
      await asked;
      reload();
      return true;
    } catch (error) {
      setRefused(error);
      return false;
    }
  };
  return {
    refused, problem, loaded: Boolean(data), retry: (/** @type {Job} */ job) => act(post(`/api/v1/jobs/${job.id}/retry`, {})), start: (/** @type {string} */ path, body = {}) => act(post(path, body)), stop: (/** @type {Job} */ job) => act(remove(`/api/v1/jobs/${job.id}`)),
    latest: (/** @type {string} */ kind, /** @type {string} */ subject) => jobs.find((job) => job.kind === kind && job.subject === subject), jobs,
  };
}

/** What a job is called before and after it works. @type {Record<string, string>} */
export const TITLES = { 'image.import': 'Import of image', 'image.verify': 'Check of image', 'evidence.verify': 'Check of evidence', 'custody.verify': 'Check of', 'evidence.export': 'Export of evidence', 'evidence.delete': 'Deletion of evidence', 'backup.add': 'Adding backup', 'backup.scan': 'Malware scan of backup', 'evidence.diff': 'Comparison of evidence', 'store.search': 'Search for', 'store.scrub': 'Check of' };
const DOING = /** @type {Record<string, string>} */ ({ 'image.import': 'Importing', 'image.verify': 'Checking every byte', 'evidence.verify': 'Checking every byte', 'custody.verify': 'Checking every line', 'evidence.export': 'Exporting', 'evidence.delete': 'Deleting', 'backup.add': 'Reading and copying', 'backup.scan': 'Scanning for malware', 'evidence.diff': 'Comparing', 'store.search': 'Searching', 'store.scrub': 'Checking every byte' });
const DONE = /** @type {Record<string, string>} */ ({ 'image.import': 'Imported', 'evidence.export': 'Exported', 'evidence.delete': 'Deleted', 'backup.add': 'Added', 'backup.scan': 'Scanned', 'evidence.diff': 'Compared', 'store.search': 'Searched' });
/** The role that may begin each kind. @type {Record<string, string>} */
const LEAST = { 'image.import': 'supervisor', 'evidence.diff': 'supervisor', 'store.search': 'supervisor', 'backup.add': 'supervisor', 'backup.scan': 'supervisor' };

/** Icon, word and colour of each state. @type {Record<string, {icon: string, word: string, tone: string, group: string, reason: string, next: string}>} */
export const STATES = Object.fromEntries([['waiting', 'bars', 'Waiting', 'waiting'], ['running', 'play', 'Working', 'running'], ['done', 'tick', 'Done', 'ready'],
  ['failed', 'triangle', 'Failed', 'attention'], ['cancelled', 'hand', 'Stopped', 'waiting'], ['interrupted', 'broken', 'Interrupted', 'attention']]
  .map(([state, icon, word, tone]) => [state, { icon, word, tone, group: tone, reason: '', next: '' }]));

/** @param {Job} job the depot says whether it can be begun again, the role whether by this person */
export const mayRetry = (job) => Boolean(job.retry) && may(LEAST[job.kind] ?? 'technician');

/** @param {Job} job what is wrong, in words */
function damage({ result }) {
  const ranges = result.damaged_ranges ?? [];
  const lost = ranges.reduce((/** @type {number} */ sum, /** @type {any} */ range) => sum + range.length_bytes, 0);
  if (result.first_broken_line) return `line ${result.first_broken_line}: ${result.problem}`;
  if (ranges.length) return `${bytes(lost)} in ${plural(ranges.length, 'place')}, first at byte ${ranges[0].offset_bytes}`;
  if (result.affected) return `${plural(result.damaged_frames.length, 'frame')} of ${plural(result.affected.length, 'disk')}`;
  return [result.problem, ...(result.notes ?? [])].filter(Boolean).join('; ') || 'see the depot’s log';
}

/** @param {{job: Job|undefined, onStop: (job: Job) => void}} props */
export function JobLine({ job, onStop }) {
  if (!job) return null;
  if (!job.finished_at) {
    const share = job.total ? percent(job.done, job.total) : 0;
    return html`<div class="job"><span>${job.state === 'waiting' ? 'Waiting for the work before it' : `${DOING[job.kind] ?? job.kind} · ${job.total ? `${share} %` : '…'}`}</span>
      <progress max="100" value=${share} aria-label=${`${DOING[job.kind] ?? job.kind} ${job.subject}`}></progress>${job.actor === store.session?.user || may('supervisor') ? html`<button aria-label=${`Stop: ${DOING[job.kind] ?? job.kind} ${job.subject}`} onClick=${() => onStop(job)}>Stop</button>` : ''}</div>`;
  }
  if (job.state === 'failed' || job.state === 'interrupted') return html`<${ProblemBox} problem=${{ ...job.problem, message: job.problem.title, nextAction: job.problem.next_action }} />`;
  if (job.state === 'cancelled') return html`<p class="muted">Stopped ${moment(job.finished_at)}.</p>`;
  if (job.result.ok === false) return html`<p class="status tone-attention" role="alert"><${Icon} name="triangle" /><span>Damaged: ${damage(job)}</span></p>`;
  return html`<p class="status tone-ready"><${Icon} name="tick" /><span>${DONE[job.kind] ?? 'Checked, all right'} · ${moment(job.finished_at)}</span></p>`;
}
