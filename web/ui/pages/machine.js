// @ts-check
// One machine: where it stands, what happened, its disk and evidence, its log, its part of the audit.
import { html, useEffect, useRef, useState } from '../html.js';
import { Icon } from '../icons.js';
import { NONE, bytes, clock, duration, lineRate, moment, range, shortCode } from '../format.js';
import { STAGE_TITLES, activeStage, finishing, place, status, title } from '../model.js';
import { depotNow, useStore } from '../store.js';
import { ACTIONS, actionsOf, labelFor, locate } from '../parts/actions.js';
import { Facts, PageHead, ProblemBox, StageStrip, StatusWord, useFetched, useMedia } from '../parts/basics.js';
import { ActionDialog } from '../parts/dialog.js';
import { ActionMenu, approveHref, labelsHref, toApprove } from '../parts/menu.js';
import { figures } from '../parts/row.js';
import { AuditList } from './audit.js';
import { EvidenceFacts } from './evidence.js';

/** @typedef {import('../model.js').Machine} Machine */

/** @param {{machine: Machine, onAsk: (name: string) => void, onMenu: () => void}} props */
function Buttons({ machine, onAsk, onMenu }) {
  const phone = useMedia('(max-width: 759px)');
  const waiting = toApprove([machine]);
  if (phone) {
    return html`<div class="sheet-bar">${waiting.length > 0 ? html`<a class="button primary wide" href=${approveHref(waiting)}>Approve</a>` : ''}<button class="wide" onClick=${onMenu}>Actions</button></div>`;
  }
  return html`<div class="buttons">${waiting.length > 0 && html`<a class="button primary" href=${approveHref(waiting)}>Approve</a>`}
    ${actionsOf(machine).map((name) => html`<button key=${name} class=${ACTIONS[name].tone === 'danger' ? 'danger-outline' : ''} onClick=${() => (ACTIONS[name].instant ? locate([machine]) : onAsk(name))}>${labelFor(name, machine)}</button>`)}</div>`;
}

/** @param {{machine: Machine}} props */
function Now({ machine }) {
  const { state, part } = figures(machine);
  const progress = machine.progress ?? {};
  const stage = activeStage(machine);
  const moving = state.group === 'running' && stage;
  return html`<section class="card now" aria-label="State" data-phase=${machine.phase} data-condition=${machine.condition} data-contact=${machine.contact}><div class="now-head"><${StatusWord} status=${state} />
      ${machine.attempt > 1 && html`<span class="chip">attempt ${machine.attempt}</span>`}
      <span class="muted">${contactText(machine)}</span></div>
    <p class="now-reason">${state.reason}</p><p class="next"><strong>Next:</strong> ${state.next} ${machine.code ? html`<a href=${`/help/${machine.code}`}>${machine.code}</a>` : ''}</p>
    <${StageStrip} machine=${machine} large percent=${part} />
    ${moving && progress.total ? html`<div class="meter"><div class="meter-line"><strong>${STAGE_TITLES[stage]} ${finishing(machine) ? '· finishing' : `${part ?? 0} %`}</strong>
        <span class="muted">${bytes(progress.done)} of ${bytes(progress.total)}${progress.bps ? ` · ${bytes(progress.bps)}/s (${lineRate(progress.bps)})` : ''}</span>
        <span>${progress.eta_hi ? `${range(progress.eta_lo, progress.eta_hi)} left${progress.basis ? ` · from ${progress.basis}` : ''}` : ''}</span></div>
      <div class="track" role="progressbar" aria-label=${`${STAGE_TITLES[stage]} progress`} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${part ?? 0}><span class="fill" style=${{ width: `${part ?? 0}%` }}></span></div></div>` : ''}</section>`;
}

/** @param {Machine} machine */
function contactText(machine) {
  if (machine.phase === 'verifying_install' || machine.phase === 'ready' || machine.phase === 'collected') return 'Runs from its own disk';
  const words = { live: 'In contact', quiet: 'Quiet', lost: 'No contact' };
  const word = words[/** @type {'live'} */ (machine.contact)] ?? machine.contact;
  return machine.contact === 'live' || !machine.last_contact ? word : `${word} since ${clock(machine.last_contact)}`;
}

/** @param {{entries: any[]}} props newest first */
function Timeline({ entries }) {
  return html`<ol class="timeline">${entries.map((entry, at) => html`<li key=${`${entry.t}-${at}`} class=${entry.code ? 'trouble' : ''}>
    <time class="muted">${moment(entry.t)}</time><div>${entry.text}${entry.code ? html` <a href=${`/help/${entry.code}`}>${entry.code}</a>` : ''}<span class="muted">${entry.actor ? ` · ${entry.actor}` : ''}</span></div></li>`)}</ol>`;
}

/** @param {{machine: Machine, detail: any}} props */
function Disk({ machine, detail }) {
  const disks = detail?.disks?.length ? detail.disks : machine.disk ? [machine.disk] : [];
  return html`<section class="card"><h2>Disk</h2>${disks.length ? disks.map((/** @type {any} */ disk) => html`<${Facts} key=${disk.serial ?? disk.path} rows=${[
    ['Serial', html`<code>${disk.serial || NONE}</code>`], ['Model', disk.model], ['Size', bytes(disk.size_bytes)], ['Connected by', disk.transport],
    ['Sectors', disk.logical_sector_bytes ? `${disk.logical_sector_bytes} B logical, ${disk.physical_sector_bytes ?? disk.logical_sector_bytes} B physical` : ''],
    ['Path on the machine', disk.path && html`<code>${disk.path}</code>`]]} />`) : html`<p class="muted">No disk reported yet.</p>`}
    ${machine.phase !== 'discovered' && html`<p class="muted">${machine.verified_at ? `Its copy was verified at ${moment(machine.verified_at)}. Only then may it be written.` : 'Not changed: no byte is written before its copy is verified.'}</p>`}</section>`;
}

/** @param {{machine: Machine, detail: any}} props */
function Evidence({ machine, detail }) {
  const evidence = detail?.evidence;
  return html`<section class="card"><h2>Evidence</h2>${evidence?.id ? html`<${EvidenceFacts} entry=${{ finished_at: machine.verified_at, ...evidence }} />
    <p class="buttons"><a class="button" href=${`/evidence?id=${encodeURIComponent(evidence.id)}`}>In the evidence list</a><a class="button" href=${`/api/v1/evidence/${encodeURIComponent(evidence.id)}/report`} target="_blank">Report</a><a class="button" href=${`/api/v1/machines/${encodeURIComponent(machine.id)}/evidence`} download=${`${place(machine)}-record.json`}>Save record</a></p>`
    : html`<p class="muted">No evidence yet. It stands here when the copy has been checked.</p>`}</section>`;
}

/** What each stage of this attempt took; held and interrupted time is not in it. @param {{detail: any}} props */
function Times({ detail }) {
  const times = detail?.stats?.stages ?? [];
  if (!times.length) return null;
  const seconds = (/** @type {any} */ time) => time.seconds + (time.since ? Math.max(0, depotNow() - Date.parse(time.since)) / 1000 : 0);
  const busy = detail?.evidence?.busy;
  const laid = detail?.stats?.deployed?.busy;
  return html`<section class="card"><h2>Where the time went</h2><${Facts} rows=${[...times.map((/** @type {any} */ time) =>
    [STAGE_TITLES[time.stage] ?? time.stage, `${duration(seconds(time))}${time.finished ? '' : ' so far'}`]),
    busy?.read ? ['Within the copy', `reading ${duration(busy.read)}, hashing ${duration(busy.hash)}, asking ${duration(busy.ask)}, compressing ${duration(busy.compress)}, sending ${duration(busy.send)}, side by side`] : ['', ''],
    laid ? ['Within the installation', `comparing ${duration(laid.compare)}, fetching ${duration(laid.fetch)}, checking ${duration(laid.verify)}, writing ${duration(laid.write)}, reading back ${duration(laid.read_back)}, side by side`] : ['', '']].filter(([name]) => name)} /></section>`;
}

/** One archive of the machine's backup. @param {{id: string}} props */
function Infected({ id }) {
  const { data, problem } = useFetched(`/api/v1/backups/${encodeURIComponent(id)}`, id);
  if (problem) return html`<${ProblemBox} problem=${problem} />`;
  const files = data?.infected_files ?? [];
  const more = (data?.infected ?? 0) - files.length;
  return html`<ul class="malware">${files.map((/** @type {any} */ file) => html`<li key=${file.path}><code>${file.path}</code> <span class="muted">${file.malware.join(', ')}</span></li>`)}
    ${more > 0 ? html`<li class="muted">and ${more.toLocaleString('en-GB')} more: resus backup show ${data.name}</li>` : ''}</ul>`;
}

/** What of its backup stays out because of malware, as the scan found it. @param {{machine: Machine, detail: any}} props */
function Malware({ machine, detail }) {
  const { data } = useFetched('/api/v1/backups', machine.seq);
  const infected = (data?.backups ?? []).filter((/** @type {any} */ one) => machine.backup_id && (one.id === machine.backup_id || one.part_of === machine.backup_id) && one.infected > 0);
  if (!infected.length) return null;
  const count = infected.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.infected, 0);
  const word = count === 1 ? '1 file' : `${count.toLocaleString('en-GB')} files`;
  return html`<section class="card" aria-label="Infected files"><h2>Infected files</h2><p class="status tone-attention"><${Icon} name="triangle" /><span>${detail?.stats?.restored?.infected !== undefined ? `${word} of its backup stayed out.` : `${word} of its backup will stay out.`}</span></p>
    ${infected.map((/** @type {any} */ one) => html`<div key=${one.id}>${infected.length > 1 ? html`<h3>${one.name}</h3>` : ''}<${Infected} id=${one.id} /></div>`)}</section>`;
}

/** @param {{machine: Machine}} props */
function Identity({ machine }) {
  return html`<section class="card"><h2>This PC</h2><${Facts} rows=${[
    ['Code on its screen', html`<code class="short-code">${shortCode(machine.short_code)}</code>`], ['Model', machine.model], ['Serial', machine.serial && html`<code>${machine.serial}</code>`],
    ['MAC', machine.mac && html`<code>${machine.mac}</code>`], ['Starts by', machine.firmware], ['Address', machine.address && html`<code>${machine.address}</code>`],
    ['Golden image', machine.image_name], ['Started', moment(machine.started_at)],
    ['Finished', machine.finished_at ? `${moment(machine.finished_at)} · took ${duration((Date.parse(machine.finished_at) - Date.parse(machine.started_at ?? '')) / 1000)}` : NONE]]} />
    <p class="buttons"><a class="button" href=${labelsHref([machine])} target="_blank">Label</a></p></section>`;
}

/** @param {{id: string, beat: number}} props */
function Log({ id, beat }) {
  const { data, problem } = useFetched(`/api/v1/machines/${encodeURIComponent(id)}/log`, beat);
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const lines = data?.lines ?? [];
  useEffect(() => { if (box.current) box.current.scrollTop = box.current.scrollHeight; }, [lines.length]);
  return html`<section class="card"><h2>Log</h2>${problem && html`<${ProblemBox} problem=${problem} />`}
    ${lines.length ? html`<div class="log" tabindex="0" role="log" aria-label="Log lines" aria-live="off" ref=${box}>${lines.map((/** @type {any} */ line, /** @type {number} */ at) => html`<div key=${at} class=${`log-line ${line.level ?? ''}`}><time>${clock(line.t)}</time><span class="level">${line.level ?? ''}</span><span class="log-text">${line.text ?? String(line)}</span></div>`)}</div>`
    : html`<p class="muted">No lines yet.</p>`}</section>`;
}

/** @param {{id: string, version: number}} props */
function Audit({ id, version }) {
  const { data } = useFetched(`/api/v1/audit?machine=${encodeURIComponent(id)}&limit=50`, version);
  const entries = (data?.entries ?? []).filter((/** @type {any} */ entry) => !entry.machine_id || entry.machine_id === id);
  return html`<section class="card"><h2>Audit</h2>${entries.length ? html`<${AuditList} entries=${entries} machine=${false} />` : html`<p class="muted">Nobody has acted on this machine yet.</p>`}</section>`;
}

/** Counts up every few seconds while the machine works, so that its log keeps up. @param {boolean} active */
function useLogBeat(active) {
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => { if (!document.hidden) setBeat((n) => n + 1); }, 5_000);
    return () => clearInterval(timer);
  }, [active]);
  return beat;
}

/** @param {{id: string}} props */
export function MachinePage({ id }) {
  const live = useStore((s) => s.machines.get(id));
  const loaded = useStore((s) => s.loaded);
  const { data: detail, problem } = useFetched(`/api/v1/machines/${encodeURIComponent(id)}`, live?.seq);
  const [asked, setAsked] = useState('');
  const [menu, setMenu] = useState(false);
  const machine = live ?? detail;
  const beat = useLogBeat(Boolean(machine) && status(machine ?? detail, depotNow()).group === 'running');
  if (!machine) {
    if (problem && loaded) return html`<${PageHead} title="Machine" /><${ProblemBox} problem=${problem} /><p><a class="button" href="/">All machines</a></p>`;
    return html`<h1 class="sr">Machine</h1><p class="muted starting">Loading…</p>`;
  }
  const timeline = [...(detail?.timeline ?? [])].sort((a, b) => Date.parse(b.t) - Date.parse(a.t));
  return html`<div class="page-head machine-head"><div><p class="crumbs"><a href="/">Machines</a></p><h1><span class="slot large">${place(machine)}</span> ${title(machine)}</h1><p class="muted">${[machine.host ? machine.model : '', machine.serial, machine.id].filter(Boolean).join(' · ')}</p></div>
      <${Buttons} machine=${machine} onAsk=${setAsked} onMenu=${() => setMenu(true)} /></div>
    <${Now} machine=${machine} />
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <div class="columns"><div class="stack"><section class="card"><h2>Timeline</h2>${timeline.length ? html`<${Timeline} entries=${timeline} />` : html`<p class="muted">Nothing has happened yet.</p>`}</section>
        <${Log} id=${id} beat=${beat + machine.seq * 1000} /><${Audit} id=${id} version=${machine.seq} /></div>
      <div class="stack"><${Evidence} machine=${machine} detail=${detail} /><${Malware} machine=${machine} detail=${detail} /><${Times} detail=${detail} /><${Disk} machine=${machine} detail=${detail} /><${Identity} machine=${machine} /></div></div>
    ${menu && html`<${ActionMenu} machines=${[machine]} onAsk=${(/** @type {string} */ name) => setAsked(name)} onClose=${() => setMenu(false)} />`}
    ${asked && html`<${ActionDialog} name=${asked} machines=${[machine]} onClose=${() => setAsked('')} />`}`;
}
