// @ts-check
import { html, useState } from '../html.js';
import { Icon } from '../icons.js';
import { NONE, bytes, moment } from '../format.js';
import { useStore } from '../store.js';
import { Empty, Hash, PageHead, ProblemBox, useFetched } from '../parts/basics.js';
import { JobLine, may, useJobs } from '../parts/jobs.js';
import { scanWords } from '../parts/verdict.js';

/** @param {{state: any, yes: string, no: string}} props */
function Mark({ state, yes, no }) {
  if (state === undefined || state === null) return html`<span class="muted">${NONE}</span>`;
  return state ? html`<span class="status tone-ready"><${Icon} name="tick" /><span>${yes}</span></span>`
    : html`<span class="status tone-attention"><${Icon} name="triangle" /><span>${no}</span></span>`;
}

/** @param {{image: any, standard: boolean, work: any}} props work: the depot's jobs */
function ImageCard({ image, standard, work }) {
  return html`<section class="card"><div class="card-head"><h3>${image.name || image.id}</h3>
      ${standard && html`<span class="chip">Used by default</span>`}<${Mark} state=${image.verified} yes="Signature verified" no="Not verified: will not be installed" /></div>
    <dl class="facts"><div><dt>Disk size</dt><dd>${bytes(image.disk_bytes)}</dd></div><div><dt>Stored</dt><dd>${bytes(image.stored_bytes)}</dd></div>
      <div><dt>Starts by</dt><dd>${image.boot_mode || NONE}</dd></div><div><dt>Added</dt><dd>${moment(image.created_at)}</dd></div>
      <div class="span"><dt>Root</dt><dd><${Hash} value=${image.root} /></dd></div></dl>
    ${may('technician') && html`<p><button aria-label=${`Verify ${image.name || image.id}`} onClick=${() => work.start(`/api/v1/images/${image.id}/verify`)}>Verify</button></p>`}
    <${JobLine} job=${work.latest('image.verify', image.name)} onStop=${work.stop} /></section>`;
}

/** @param {{backup: any, whole: any}} props whole: the backup it is a part of, if it is one */
function BackupCard({ backup, whole }) {
  return html`<section class="card"><div class="card-head"><h3>${backup.name || backup.id}</h3><span class="chip">${backup.format || 'archive'}</span></div>
    <dl class="facts"><div><dt>Size</dt><dd>${bytes(backup.bytes)}</dd></div><div><dt>Files</dt><dd>${backup.files?.toLocaleString('en-GB') ?? NONE}</dd></div>
      <div><dt>Scan</dt><dd>${scanWords(backup)}</dd></div><div><dt>Added</dt><dd>${moment(backup.created_at)}</dd></div>
      ${backup.part_of && html`<div><dt>Part of</dt><dd>${whole?.name || backup.part_of}</dd></div>`}</dl></section>`;
}

/** @param {{work: any}} props a disk or file on the depot's own box becomes an image */
function ImportForm({ work }) {
  const [source, setSource] = useState('');
  const [name, setName] = useState('');
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await work.start('/api/v1/images', { source, name })) setSource('');
  };
  return html`<form class="card import" onSubmit=${submit}><h3>Import an image</h3>
    <div class="field-row"><label class="field"><span>Disk or file on the depot, or evidence</span><input name="source" placeholder="/dev/sdX" value=${source} onInput=${(/** @type {any} */ event) => setSource(event.target.value)} /></label>
      <label class="field"><span>Name</span><input name="name" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label>
      <button class="primary" disabled=${!source || !name}>Import</button></div>
    ${work.jobs.filter((/** @type {any} */ job) => job.kind === 'image.import').slice(0, 3).map((/** @type {any} */ job) => html`<div key=${job.id}><strong>${job.subject}</strong> <${JobLine} job=${job} onStop=${work.stop} /></div>`)}</form>`;
}

export function ImagesPage() {
  const plan = useStore((s) => s.plan);
  const images = useFetched('/api/v1/images');
  const work = useJobs(() => images.reload());
  const backups = useFetched('/api/v1/backups');
  return html`<${PageHead} title="Images and backups" note="What is laid down on a recovered disk, and whose files come back." />
    ${(images.problem || backups.problem) && html`<${ProblemBox} problem=${images.problem ?? backups.problem} />`}
    ${work.refused && html`<${ProblemBox} problem=${work.refused} />`}
    <h2>Golden images</h2>
    ${images.data && !images.data.images?.length && html`<${Empty} text="No golden image yet. Import one on the depot:"><code>resus image import DISK --name NAME</code></${Empty}>`}
    <div class="cards">${images.data?.images?.map((/** @type {any} */ image) => html`<${ImageCard} key=${image.id} image=${image} standard=${image.id === plan.image_id} work=${work} />`)}</div>
    ${may('supervisor') && html`<${ImportForm} work=${work} />`}
    <h2>Backups</h2>
    ${backups.data && !backups.data.backups?.length && html`<${Empty} text="No backup yet. Add one on the depot:"><code>resus backup add FILE --name NAME</code></${Empty}>`}
    <div class="cards">${backups.data?.backups?.map((/** @type {any} */ backup) => html`<${BackupCard} key=${backup.id} backup=${backup} whole=${backups.data.backups.find((/** @type {any} */ one) => one.id === backup.part_of)} />`)}</div>`;
}
