// @ts-check
import { html, useState } from '../html.js';
import { moment } from '../format.js';
import { place } from '../model.js';
import { store, useStore } from '../store.js';
import { Empty, Hash, PageHead, ProblemBox, useFetched } from '../parts/basics.js';
import { JobLine, may, useJobs } from '../parts/jobs.js';

/** Entries of the custody log as lines. @param {{entries: any[], machine?: boolean}} props */
export function AuditList({ entries, machine = true }) {
  return html`<ol class="audit">${entries.map((entry, at) => {
    const known = store.machines.get(entry.machine_id);
    return html`<li key=${`${entry.t}-${at}`}><time class="muted">${moment(entry.t)}</time>
      <span class="who">${entry.actor || 'depot'}</span>
      <span class="what">${machine && entry.machine_id ? html`<a href=${`/m/${encodeURIComponent(entry.machine_id)}`}>${known ? place(known) : entry.machine_id}</a> ` : ''}${entry.text || entry.action}
        ${entry.code ? html` <a href=${`/help/${entry.code}`}>${entry.code}</a>` : ''}</span></li>`;
  })}</ol>`;
}

export function AuditPage() {
  const version = useStore((s) => s.version);
  const { data, problem } = useFetched('/api/v1/audit?limit=500', version);
  const work = useJobs();
  const [text, setText] = useState('');
  const words = text.trim().toLowerCase();
  const entries = (data?.entries ?? []).filter((/** @type {any} */ entry) => !words || [entry.actor, entry.action, entry.text, entry.code, entry.machine_id, store.machines.get(entry.machine_id)?.slot].join(' ').toLowerCase().includes(words));
  return html`<${PageHead} title="Audit" note="Who did what, when and why. Each line is signed and chained to the one before.">
      <label class="search"><span class="sr">Search the audit</span><input type="search" placeholder="Person, slot, action" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label></${PageHead}>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${work.refused && html`<${ProblemBox} problem=${work.refused} />`}
    ${data?.head && html`<section class="card"><p class="head-hash"><span>Head of the chain. Write it down or print it: nobody can change the log behind it unseen.</span> <${Hash} value=${data.head} /></p>
      ${may('technician') && html`<p><button onClick=${() => work.start('/api/v1/custody/verify')}>Verify the whole log</button></p>`}
      <${JobLine} job=${work.latest('custody.verify', 'custody.log')} onStop=${work.stop} /></section>`}
    ${data && !entries.length && html`<${Empty} text=${words ? 'Nothing matches the search.' : 'Nothing has happened yet.'} />`}
    ${entries.length > 0 && html`<div class="card"><${AuditList} entries=${entries} /></div>`}`;
}
