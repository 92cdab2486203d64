// @ts-check
import { html, useEffect, useState } from '../html.js';
import { bytes, moment } from '../format.js';
import { store, useStore } from '../store.js';
import { Empty, Facts, Hash, PageHead, ProblemBox, useFetched } from '../parts/basics.js';
import { JobLine, may, useJobs } from '../parts/jobs.js';
import { Deleted, Keeping } from '../parts/keeping.js';

/** Of an outside authority; empty where nothing is known of one. @param {any} stamp */
function stampWords(stamp) {
  if (stamp?.state === 'stamped') return `stamped at ${moment(stamp.time)} by ${stamp.authority}`;
  if (stamp?.state === 'pending') return `pending since ${moment(stamp.since)}${stamp.problem ? `: ${stamp.problem}` : ''}`;
  if (stamp?.state === 'bad') return `does not verify: ${stamp.problem}`;
  return stamp?.state === 'unchecked' ? `${moment(stamp.time)}, not checked` : '';
}

/** @param {{entry: any}} props */
export function EvidenceFacts({ entry }) {
  const unreadable = entry.unreadable ?? entry.unreadable_bytes ?? 0;
  return html`<${Facts} rows=${[
    ['Evidence', html`<code>${entry.id}</code>`], ['Read from disk', bytes(entry.bytes_read)], ['New at the depot', bytes(entry.bytes_added)],
    ['Already known', bytes(entry.bytes_known)], ['Unreadable', unreadable ? bytes(unreadable) : 'none'],
    ['Finished', moment(entry.finished_at)], ['Root', html`<${Hash} value=${entry.root} />`],
    ['SHA-256 of the disk', html`<${Hash} value=${entry.sha256} />`], ['Time stamp', stampWords(entry.stamp)]].filter(([name, value]) => name !== 'Time stamp' || value)} />`;
}

/** @param {{query: URLSearchParams}} props */
export function EvidencePage({ query }) {
  const verified = useStore((s) => [...s.machines.values()].filter((machine) => machine.evidence_id).length);
  const { data, problem, reload } = useFetched('/api/v1/evidence', verified);
  const work = useJobs((job) => { if (job.kind === 'evidence.delete') reload(); });
  const [text, setText] = useState(query.get('id') ?? '');
  useEffect(() => { if (query.get('id')) setText(query.get('id') ?? ''); }, [query.get('id')]);
  const all = data?.evidence ?? [];
  const wanted = text.trim().toLowerCase();
  const shown = all.filter((/** @type {any} */ entry) => !wanted || [entry.id, entry.slot, entry.host, entry.disk_serial, entry.root, entry.sha256, entry.machine_id].join(' ').toLowerCase().includes(wanted));
  return html`<${PageHead} title="Evidence" note="Every copy is complete, signed and can be checked again offline with the depot’s public key.">
      <label class="search"><span class="sr">Search evidence</span><input type="search" placeholder="Slot, host, serial, hash" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label></${PageHead}>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${work.refused && html`<${ProblemBox} problem=${work.refused} />`}
    ${data && !shown.length && html`<${Empty} text=${all.length ? 'No evidence matches the search.' : 'No evidence yet. It appears here when the first copy has been checked.'} />`}
    <div class="stack">${shown.map((/** @type {any} */ entry) => html`<section class="card" key=${entry.id} id=${entry.id}>
      <div class="card-head"><h2><span class="slot">${entry.slot || '–'}</span> ${store.machines.get(entry.machine_id)?.host || entry.host || entry.machine_id}</h2>
        <span class="muted">Disk ${entry.disk_serial || '–'}</span>
        ${store.machines.has(entry.machine_id) && html`<a class="button" href=${`/m/${encodeURIComponent(entry.machine_id)}`}>Machine</a>`}</div>
      <${EvidenceFacts} entry=${entry} />
      <p class="links"><a class="button" href=${`/api/v1/evidence/${encodeURIComponent(entry.id)}/report`} target="_blank" aria-label=${`Report of ${entry.id}`}>Report</a>
        ${may('technician') && html`<button aria-label=${`Verify ${entry.id}`} onClick=${() => work.start(`/api/v1/evidence/${entry.id}/verify`)}>Verify</button>`}
        ${may('supervisor') && html`<a class="button" href=${`/api/v1/evidence/${entry.id}/raw`} download=${`${entry.id}.raw`}>Export raw, ${bytes(entry.disk_bytes)}</a>`}</p>
      <${Keeping} entry=${entry} onDone=${reload} />
      <${JobLine} job=${work.latest('evidence.verify', entry.id)} onStop=${work.stop} /><${JobLine} job=${work.latest('evidence.delete', entry.id)} onStop=${work.stop} /></section>`)}
      <${Deleted} beat=${all.length} /></div>`;
}
