// @ts-check
// Everything the depot does with its store because somebody asked, and how it ended.
import { html } from '../html.js';
import { duration, moment } from '../format.js';
import { Empty, Facts, PageHead, ProblemBox, StatusWord } from '../parts/basics.js';
import { JobLine, STATES, TITLES, mayRetry, useJobs } from '../parts/jobs.js';

/** @typedef {import('../parts/jobs.js').Job} Job */

/** @param {Job} job */
function took(job) {
  if (!job.started_at || !job.finished_at) return '';
  return duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000);
}

/** @param {{job: Job, work: any}} props */
function JobCard({ job, work }) {
  const title = TITLES[job.kind] ?? job.kind;
  return html`<section class="card" data-job=${job.id}><div class="card-head"><h2>${title} <span class="subject">${job.subject}</span></h2><${StatusWord} status=${STATES[job.state] ?? STATES.waiting} /></div>
    <${Facts} rows=${[['Asked by', job.actor], ['Asked', moment(job.created_at)], ['Begun', moment(job.started_at)],
      [job.state === 'interrupted' ? 'Seen' : 'Ended', job.finished_at && moment(job.finished_at)], ['Took', job.state === 'interrupted' ? '' : took(job)], ['Job', html`<code>${job.id}</code>`]]} />
    <${JobLine} job=${job} onStop=${work.stop} />
    ${mayRetry(job) ? html`<p><button aria-label=${`Try again: ${title} ${job.subject}`} onClick=${() => work.retry(job)}>Try again</button></p>` : ''}</section>`;
}

export function JobsPage() {
  const work = useJobs();
  const { jobs } = work;
  return html`<${PageHead} title="Jobs" note="Imports, checks, scans and exports of the depot. One works at a time, the others wait in order; exports go on beside them." />
    ${(work.problem || work.refused) && html`<${ProblemBox} problem=${work.refused ?? work.problem} />`}
    ${work.loaded && !jobs.length ? html`<${Empty} text="No job yet. Checks begin on the pages Evidence, Images and Audit." />` : ''}
    <div class="stack">${jobs.map((/** @type {Job} */ job) => html`<${JobCard} key=${job.id} job=${job} work=${work} />`)}</div>`;
}
