// @ts-check
import { html, useState } from '../html.js';
import { duration, moment, secondsBetween } from '../format.js';
import { bySlot, matching, NO_FILTER, place, status, title } from '../model.js';
import { depotNow, store, useStore } from '../store.js';
import { Empty, PageHead, StatusWord } from '../parts/basics.js';

const AT_ONCE = 100;

/** @param {{machine: import('../model.js').Machine}} props */
function Row({ machine }) {
  const path = encodeURIComponent(machine.id);
  return html`<li class="report"><span class="slot">${place(machine)}</span>
    <span class="name"><a href=${`/m/${path}`}>${title(machine)}</a><span class="muted">Disk ${machine.disk?.serial || '–'}</span></span>
    <${StatusWord} status=${status(machine, depotNow())} />
    <span class="muted times">${machine.finished_at ? `${moment(machine.finished_at)} · took ${duration(secondsBetween(machine.started_at, machine.finished_at))}` : machine.started_at ? `since ${moment(machine.started_at)}` : 'not started'}</span>
    <span class="links">${machine.evidence_id ? html`<a class="button" href=${`/evidence?id=${encodeURIComponent(machine.evidence_id)}`}>Evidence</a>
      <a class="button" href=${`/api/v1/evidence/${encodeURIComponent(machine.evidence_id)}/report`} target="_blank">Report</a>
      <a class="button" href=${`/api/v1/machines/${path}/evidence`} download=${`${place(machine)}-record.json`}>Record</a>` : html`<span class="muted">No evidence yet</span>`}</span></li>`;
}

export function ReportsPage() {
  useStore((s) => s.version);
  const loaded = useStore((s) => s.loaded);
  const [text, setText] = useState('');
  const [shown, setShown] = useState(AT_ONCE);
  const machines = matching([...store.machines.values()], { ...NO_FILTER, text }).sort(bySlot);
  return html`<${PageHead} title="Reports" note="What was done to each machine, with its signed record.">
      <label class="search"><span class="sr">Search machines</span><input type="search" placeholder="Slot, host, serial" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></label></${PageHead}>
    ${loaded && !machines.length && html`<${Empty} text=${text ? 'No machine matches the search.' : 'No machine has reported in yet.'} />`}
    ${machines.length > 0 && html`<ul class="card reports">${machines.slice(0, shown).map((machine) => html`<${Row} key=${machine.id} machine=${machine} />`)}</ul>`}
    ${machines.length > shown && html`<p><button onClick=${() => setShown(shown + AT_ONCE)}>Show ${Math.min(AT_ONCE, machines.length - shown)} more of ${machines.length}</button></p>`}`;
}
