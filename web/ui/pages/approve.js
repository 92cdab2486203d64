// @ts-check
// Approval: the one place where a person says that this PC's disk may be erased after its copy is safe.
import { html, useMemo, useState } from '../html.js';
import { Icon } from '../icons.js';
import { Problem, sendBatch } from '../api.js';
import { bytes, plural, shortCode } from '../format.js';
import { bySlot, place, title } from '../model.js';
import { navigate } from '../router.js';
import { store, useStore } from '../store.js';
import { Empty, PageHead, ProblemBox, useFetched } from '../parts/basics.js';
import { Results, sameIntent } from '../parts/dialog.js';
import { locate } from '../parts/actions.js';
import { approveHref, toApprove } from '../parts/menu.js';
import { scanWords } from '../parts/verdict.js';

/**
 * @typedef {import('../model.js').Machine} Machine
 * @typedef {{compared: boolean, slot: string}} Answer
 */

/** @param {{machines: Machine[]}} props which machine first? */
function Waiting({ machines }) {
  const [ticked, setTicked] = useState(/** @type {Set<string>} */ (new Set()));
  const toggle = (/** @type {string} */ id) => {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  };
  const chosen = machines.filter((machine) => ticked.has(machine.id));
  return html`<ul class="card waiting">${machines.map((machine) => html`<li key=${machine.id}>
      <label class="tick"><input type="checkbox" aria-label=${`Select ${place(machine)}`} checked=${ticked.has(machine.id)} onClick=${() => toggle(machine.id)} /></label>
      <span class="slot">${place(machine)}</span><span class="name"><strong>${title(machine)}</strong><span class="muted">Disk ${machine.disk?.serial || '–'} · ${bytes(machine.disk?.size_bytes)}</span></span>
      <code class="short-code">${shortCode(machine.short_code)}</code><a class="button primary" href=${approveHref([machine])}>Compare and approve<span class="sr"> ${place(machine)}</span></a></li>`)}</ul>
    ${chosen.length > 1 && html`<p class="buttons"><button class="primary" onClick=${() => navigate(approveHref(chosen))}>Approve ${chosen.length} together</button></p>`}`;
}

/** @param {{machine: Machine, answer: Answer, onChange: (answer: Answer) => void}} props code, disk and slot of one machine */
function Compare({ machine, answer, onChange }) {
  return html`<section class="card compare" aria-label=${`Machine ${place(machine)}`}>
    <div class="code-box"><span class="muted">Code</span><code class="short-code huge">${shortCode(machine.short_code)}</code></div>
    <div class="compare-main"><div class="identity"><div><strong>${title(machine)}</strong><span class="muted">${[machine.host ? machine.model : '', machine.serial, machine.mac].filter(Boolean).join(' · ')}</span>
        <span>Disk <strong>${machine.disk?.serial || 'without serial'}</strong> · ${machine.disk?.model || ''} · ${bytes(machine.disk?.size_bytes)}</span></div></div>
      <label class="check"><input type="checkbox" name="compared" checked=${answer.compared} onClick=${() => onChange({ ...answer, compared: !answer.compared })} />
        <span>This PC’s own screen shows exactly <strong>${shortCode(machine.short_code)}</strong></span></label>
      <div class="field-row"><label class="field"><span>Slot it stands in</span><input name="slot" autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="12" value=${answer.slot} onInput=${(/** @type {any} */ event) => onChange({ ...answer, slot: event.target.value })} /></label>
        ${machine.actions?.includes('locate') && html`<button type="button" onClick=${() => locate([machine])}><${Icon} name="locate" /> Find it</button>`}</div></div></section>`;
}

/** @param {{images: any[], backups: any[], image: string, backup: string, onImage: (id: string) => void, onBackup: (id: string) => void, smallest: number}} props */
function Choose({ images, backups, image, backup, onImage, onBackup, smallest }) {
  const chosen = images.find((entry) => entry.id === image);
  const files = backups.find((entry) => entry.id === backup);
  const doubtful = files?.verdict && files.verdict !== 'clean';
  const tooLarge = chosen?.disk_bytes && smallest && chosen.disk_bytes > smallest;
  return html`<section class="card choose"><label class="field"><span>Golden image</span><select name="image" value=${image} onChange=${(/** @type {any} */ event) => onImage(event.target.value)}>
      <option value="" disabled>Choose an image</option>${images.map((entry) => html`<option key=${entry.id} value=${entry.id}>${entry.name || entry.id}${entry.disk_bytes ? ` · ${bytes(entry.disk_bytes)}` : ''}</option>`)}</select></label>
    <label class="field"><span>User data</span><select name="backup" value=${backup} onChange=${(/** @type {any} */ event) => onBackup(event.target.value)}>
      <option value="">None: install only</option>${backups.map((entry) => html`<option key=${entry.id} value=${entry.id}>${entry.name || entry.id}${entry.bytes ? ` · ${bytes(entry.bytes)}` : ''}</option>`)}</select></label>
    ${tooLarge && html`<p class="status tone-approve"><${Icon} name="diamond" /><span>This image needs ${bytes(chosen.disk_bytes)}; the disk has ${bytes(smallest)}.</span></p>`}
    ${doubtful && html`<p class="status tone-approve"><${Icon} name="diamond" /><span>Malware scan of these files: ${scanWords(files)}.</span></p>`}</section>`;
}

/** @param {Machine} machine @param {Answer} answer @param {string} image @param {string} backup @param {object} confirm */
function approveOne(machine, answer, image, backup, confirm) {
  const slot = answer.slot.trim().toUpperCase();
  return sendBatch({
    action: 'approve', ids: [machine.id], revision: machine.rev, confirm: { slot, ...confirm },
    params: { short_code: machine.short_code, slot, image_id: image, backup_id: backup || 'none', disk_serial: machine.disk?.serial ?? '', attempt: machine.attempt },
  });
}

/** Sends one batch a machine; one refusal does not stop the others. @param {Machine[]} machines @param {Record<string, Answer>} answers @param {string} image @param {string} backup */
async function approveAll(machines, answers, image, backup) {
  const confirm = machines.length > 1 ? { count: machines.length } : {};
  const results = [];
  for (const seen of machines) {
    const machine = { ...seen, rev: store.machines.get(seen.id)?.rev ?? seen.rev };
    try {
      const answer = await approveOne(machine, answers[machine.id], image, backup, confirm);
      results.push(answer?.results?.[0] ?? { id: machine.id, ok: true });
    } catch (error) {
      const problem = /** @type {Problem} */ (error);
      results.push({ id: machine.id, ok: false, code: problem.code, detail: `${problem.detail || problem.message} ${problem.nextAction}` });
    }
  }
  return results;
}

/** Nobody may approve what changed under their eyes. @param {Machine[]} machines as first shown */
function changedMeanwhile(machines) {
  return machines.filter((seen) => {
    const now = store.machines.get(seen.id);
    return !now || now.short_code !== seen.short_code || now.disk?.serial !== seen.disk?.serial || now.attempt !== seen.attempt || !now.actions?.includes('approve');
  });
}

/** @param {{results: any[], machines: Machine[], onAgain: () => void}} props */
function Outcome({ results, machines, onAgain }) {
  const failed = results.filter((result) => !result.ok).length;
  const left = toApprove([...store.machines.values()]).filter((machine) => !machines.some((done) => done.id === machine.id));
  return html`<div class="narrow"><${PageHead} title=${failed ? `${plural(failed, 'machine')} not approved` : 'Approved'} note=${failed ? '' : 'It goes on by itself: copy first, then check, and only then is the disk written.'} />
    <div class="card"><${Results} results=${results} machines=${machines} /></div>
    <div class="buttons">${failed > 0 && html`<button class="primary" onClick=${onAgain}>Try the failed ones again</button>`}
      ${machines.length === 1 && !failed && html`<a class="button primary" href=${`/m/${encodeURIComponent(machines[0].id)}`}>Follow this machine</a>`}
      ${left.length > 0 && html`<a class="button" href=${approveHref([left.sort(bySlot)[0]])}>Next of ${left.length} waiting</a>`}<a class="button" href="/">All machines</a></div></div>`;
}

/** @param {{machines: Machine[]}} props */
function Form({ machines }) {
  const plan = useStore((s) => s.plan);
  useStore((s) => s.version);
  const images = useFetched('/api/v1/images');
  const backups = useFetched('/api/v1/backups');
  const [targets, setTargets] = useState(machines);
  const [answers, setAnswers] = useState(() => Object.fromEntries(machines.map((machine) => [machine.id, { compared: false, slot: machine.slot ?? '' }])));
  const [image, setImage] = useState(/** @type {string|null} */ (null));
  const [backup, setBackup] = useState(/** @type {string|null} */ (null));
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState(/** @type {any[]|null} */ (null));
  const lists = { images: images.data?.images ?? [], backups: (backups.data?.backups ?? []).filter((/** @type {any} */ entry) => !entry.part_of) };
  const offered = (/** @type {any[]} */ list, /** @type {string|undefined} */ id) => (list.some((entry) => entry.id === id) ? id ?? '' : '');
  const imageId = image ?? (offered(lists.images, plan.image_id) || (lists.images.length === 1 ? lists.images[0].id : ''));
  const backupId = backup ?? offered(lists.backups, plan.backup_id);
  if (results) {
    const again = () => {
      const failed = new Set(results.filter((result) => !result.ok).map((result) => result.id));
      setTargets(targets.filter((machine) => failed.has(machine.id)).map((machine) => store.machines.get(machine.id) ?? machine));
      setResults(null);
      setTyped('');
    };
    return html`<${Outcome} results=${results} machines=${targets} onAgain=${again} />`;
  }
  const one = targets.length === 1 ? targets[0] : null;
  const changes = changedMeanwhile(targets);
  const slots = targets.map((machine) => answers[machine.id].slot.trim().toUpperCase());
  const wanted = one ? slots[0] : String(targets.length);
  const missing = whatIsMissing({ answers: targets.map((machine) => answers[machine.id]), slots, imageId, meant: sameIntent(typed, wanted), one: Boolean(one) });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (missing || changes.length || busy) return;
    setBusy(true);
    setResults(await approveAll(targets, answers, imageId, backupId));
    setBusy(false);
  };
  return html`<form onSubmit=${submit}><${PageHead} title=${one ? `Approve ${answers[one.id].slot || title(one)}` : `Approve ${targets.length} machines`} note="The disk is copied first. It is written only after its copy has been checked at the depot." />
    ${changes.length > 0 && html`<div class="problem" role="alert"><${Icon} name="triangle" /><div><strong>${changes.map(place).join(', ')} changed or was approved while this page was open.</strong><p class="next">Go back and look again.</p><p><a class="button" href="/approve">Machines waiting</a></p></div></div>`}
    ${(images.problem || backups.problem) && html`<${ProblemBox} problem=${images.problem ?? backups.problem} />`}
    <h2>1 · Compare the code</h2><div class="stack">${targets.map((machine) => html`<${Compare} key=${machine.id} machine=${machine} answer=${answers[machine.id]} onChange=${(/** @type {Answer} */ answer) => setAnswers({ ...answers, [machine.id]: answer })} />`)}</div>
    <h2>2 · Choose what it gets</h2><${Choose} ...${lists} image=${imageId} backup=${backupId} onImage=${setImage} onBackup=${setBackup} smallest=${Math.min(...targets.map((machine) => machine.disk?.size_bytes ?? Infinity))} />
    <h2>3 · Confirm</h2><section class="card confirm"><p><${Icon} name="diamond" class="tone-approve" /> Once its copy is verified, everything on ${one ? html`disk <strong>${one.disk?.serial || 'of this machine'}</strong>` : html`<strong>${plural(targets.length, 'disk')}</strong>`} is replaced.</p>
      ${wanted ? html`<label class="field"><span>Type the ${one ? 'slot' : 'number of machines'} <strong class="typed">${wanted}</strong> to approve</span><input name="intent" autocomplete="off" autocapitalize="characters" spellcheck=${false} value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></label>` : ''}
      <p class="muted" role="status">${missing}</p>
      <div class="buttons"><a class="button" href="/approve">Not now</a><button class="primary" name="approve" disabled=${Boolean(missing) || changes.length > 0 || busy}>${busy ? 'Approving…' : one ? `Approve ${wanted}` : `Approve ${targets.length} machines`}</button></div></section></form>`;
}

/** The next thing to do before the button works, in words. @param {{answers: Answer[], slots: string[], imageId: string, meant: boolean, one: boolean}} state */
function whatIsMissing({ answers, slots, imageId, meant, one }) {
  if (answers.some((answer) => !answer.compared)) return one ? 'Compare the code on the PC’s screen and tick the box.' : 'Compare every code and tick every box.';
  if (slots.some((slot) => !slot)) return 'Say in which slot it stands.';
  if (new Set(slots).size < slots.length) return 'Two machines have the same slot.';
  if (!imageId) return 'Choose a golden image.';
  if (!meant) return one ? 'Type the slot.' : 'Type the number of machines.';
  return '';
}

/** @param {{query: URLSearchParams}} props */
export function ApprovePage({ query }) {
  useStore((s) => s.version);
  const loaded = useStore((s) => s.loaded);
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
  const waiting = toApprove([...store.machines.values()]).sort(bySlot);
  const chosen = useMemo(() => waiting.filter((machine) => ids.includes(machine.id)), [loaded]);
  if (!loaded) return html`<h1 class="sr">Approve</h1><p class="muted starting">Loading…</p>`;
  if (chosen.length) return html`<${Form} machines=${chosen} />`;
  return html`<${PageHead} title="Approve" note="Compare the code on each PC’s screen with the one shown here. An unknown machine cannot get in by itself." />
    ${ids.length > 0 && html`<p class="muted">The chosen machine no longer waits for approval.</p>`}
    ${waiting.length ? html`<${Waiting} machines=${waiting} />` : html`<${Empty} text="No machine waits for approval."><a class="button" href="/">All machines</a></${Empty}>`}`;
}
