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

/** A scan that would clear malware found before is refused without a reason: then the page asks for one. @param {{backup: any, work: any}} props */
function ScanAgain({ backup, work }) {
  const job = work.latest('backup.scan', backup.name);
  const [reason, setReason] = useState('');
  const weaker = job?.state === 'failed' && job.problem?.code === 'E-SCAN-03';
  const scan = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await work.start(`/api/v1/backups/${encodeURIComponent(backup.id)}/scan`, reason ? { reason } : {})) setReason('');
  };
  return html`<form class="scan" onSubmit=${scan}>${weaker && html`<label class="field"><span>Why may they pass? Stands in the custody log</span><input name="reason" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></label>`}
    <p><button aria-label=${`Scan again: ${backup.name}`} disabled=${weaker && reason.trim().length < 3}>Scan again</button></p>
    <${JobLine} job=${job} onStop=${work.stop} /></form>`;
}

/** @param {{backup: any, whole: any, work: any}} props whole: the backup it is a part of, if it is one */
function BackupCard({ backup, whole, work }) {
  return html`<section class="card" data-backup=${backup.id}><div class="card-head"><h3>${backup.name || backup.id}</h3><span class="chip">${backup.format || 'archive'}</span></div>
    <dl class="facts"><div><dt>Size</dt><dd>${bytes(backup.bytes)}</dd></div><div><dt>Files</dt><dd>${backup.files?.toLocaleString('en-GB') ?? NONE}</dd></div>
      <div><dt>Scan</dt><dd>${scanWords(backup)}</dd></div><div><dt>Added</dt><dd>${moment(backup.created_at)}</dd></div>
      ${backup.part_of && html`<div><dt>Part of</dt><dd>${whole?.name || backup.part_of}</dd></div>`}</dl>
    ${may('supervisor') ? html`<${ScanAgain} backup=${backup} work=${work} />` : ''}</section>`;
}

/** One labelled line of a form. @param {{name: string, label: string, value: string, placeholder?: string, set: (text: string) => void}} props */
const Line = ({ name, label, value, placeholder, set }) => html`<label class="field"><span>${label}</span><input name=${name} placeholder=${placeholder} value=${value} onInput=${(/** @type {any} */ event) => set(event.target.value)} /></label>`;

/** @param {{work: any, backups: any[]}} props an archive on the depot's own box becomes a backup */
function BackupForm({ work, backups }) {
  const empty = { source: '', name: '', directory: '/', partition: '', part_of: '' };
  const [given, setGiven] = useState(empty);
  const set = (/** @type {string} */ field) => (/** @type {string} */ text) => setGiven({ ...given, [field]: text });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const { partition, ...rest } = given;
    if (await work.start('/api/v1/backups', { ...rest, partition: Number(partition) || 0 })) setGiven(empty);
  };
  return html`<form class="card import" name="add-backup" onSubmit=${submit}><h3>Add a backup</h3>
    <div class="field-row"><${Line} name="archive" label="Archive on the depot (tar or zip)" placeholder="/srv/backups/ward.tar.zst" value=${given.source} set=${set('source')} />
      <${Line} name="backup-name" label="Name" value=${given.name} set=${set('name')} /><${Line} name="directory" label="Its files belong in" value=${given.directory} set=${set('directory')} />
      <${Line} name="partition" label="Partition, empty: the largest" value=${given.partition} set=${set('partition')} />
      <label class="field"><span>Completes</span><select name="part-of" value=${given.part_of} onChange=${(/** @type {any} */ event) => set('part_of')(event.target.value)}><option value="">nothing, it stands alone</option>
        ${backups.filter((one) => !one.part_of).map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></label>
      <button class="primary" disabled=${!given.source || !given.name}>Add</button></div>
    <${Recent} work=${work} kind="backup.add" /></form>`;
}

/** The last three jobs of one kind. @param {{work: any, kind: string}} props */
const Recent = ({ work, kind }) => html`${work.jobs.filter((/** @type {any} */ job) => job.kind === kind).slice(0, 3).map((/** @type {any} */ job) => html`<div key=${job.id}><strong>${job.subject}</strong> <${JobLine} job=${job} onStop=${work.stop} /></div>`)}`;

/** @param {{work: any}} props a disk or file on the depot's own box becomes an image */
function ImportForm({ work }) {
  const [source, setSource] = useState('');
  const [name, setName] = useState('');
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await work.start('/api/v1/images', { source, name })) setSource('');
  };
  return html`<form class="card import" onSubmit=${submit}><h3>Import an image</h3>
    <div class="field-row"><${Line} name="source" label="Disk or file on the depot, or evidence" placeholder="/dev/sdX" value=${source} set=${setSource} />
      <${Line} name="name" label="Name" value=${name} set=${setName} />
      <button class="primary" disabled=${!source || !name}>Import</button></div>
    <${Recent} work=${work} kind="image.import" /></form>`;
}

export function ImagesPage() {
  const plan = useStore((s) => s.plan);
  const images = useFetched('/api/v1/images');
  const backups = useFetched('/api/v1/backups');
  const work = useJobs(() => { images.reload(); backups.reload(); });
  return html`<${PageHead} title="Images and backups" note="What is laid down on a recovered disk, and whose files come back." />
    ${(images.problem || backups.problem) && html`<${ProblemBox} problem=${images.problem ?? backups.problem} />`}
    ${work.refused && html`<${ProblemBox} problem=${work.refused} />`}
    <h2>Golden images</h2>
    ${images.data && !images.data.images?.length && html`<${Empty} text="No golden image yet. Import one on the depot:"><code>resus image import DISK --name NAME</code></${Empty}>`}
    <div class="cards">${images.data?.images?.map((/** @type {any} */ image) => html`<${ImageCard} key=${image.id} image=${image} standard=${image.id === plan.image_id} work=${work} />`)}</div>
    ${may('supervisor') && html`<${ImportForm} work=${work} />`}
    <h2>Backups</h2>
    ${backups.data && !backups.data.backups?.length && html`<${Empty} text="No backup yet. Add one on the depot:"><code>resus backup add FILE --name NAME</code></${Empty}>`}
    <div class="cards">${backups.data?.backups?.map((/** @type {any} */ backup) => html`<${BackupCard} key=${backup.id} backup=${backup} whole=${backups.data.backups.find((/** @type {any} */ one) => one.id === backup.part_of)} work=${work} />`)}</div>
    ${may('supervisor') && html`<${BackupForm} work=${work} backups=${backups.data?.backups ?? []} />`}`;
}
