// A made-up room of machines with the sentences the depot would send.
export const HELP = {
  'E-READ-01': { what_happened: 'Part of the disk could not be read.', safe: 'Everything else is copied. The disk was not changed.', next_action: 'Accept the gaps, or hold the machine for an analyst.' },
  'E-EVID-02': { what_happened: 'The copy does not match the disk.', safe: 'Nothing was erased.', next_action: 'Copy again; if it fails twice, hold for an analyst.' },
  'E-AUTH-01': { what_happened: 'The machine is not approved.', safe: 'Its disk was not changed.', next_action: 'Compare the code and approve it.' },
  'E-AUTH-03': { what_happened: 'Sign-in is missing or was refused.', safe: 'Nothing was changed.', next_action: 'Check name and password and sign in again.' },
  'E-CONFLICT-01': { what_happened: 'The machine changed meanwhile.', safe: 'Nothing was done.', next_action: 'Look at the machine again, then repeat.' },
  'E-FOUND-01': { what_happened: 'There is no such thing here.', safe: 'Nothing was changed.', next_action: 'Check the address or the id.' },
  'E-DISK-03': { what_happened: 'More than one disk could be meant.', safe: 'No disk was changed.', next_action: 'Unplug the disk that is not to be recovered, or hold the machine.' },
};

const hex = (seed) => Array.from({ length: 64 }, (_, at) => ((seed * 31 + at * 7) % 16).toString(16)).join('');

/** Work on the store in every state a page shows. */
export const jobs = [
  { id: 'j-6', kind: 'evidence.diff', subject: 'ev-0123456789abcdef', actor: 'K. Meier', state: 'done', done: 0, total: 0, unit: 'bytes', created_at: '2026-11-23T11:03:00Z', started_at: '2026-11-23T11:03:00Z', retry: false, finished_at: '2026-11-23T11:04:00Z', result: {}, problem: null },
  { id: 'j-5', kind: 'store.scrub', subject: 'store', actor: 'K. Meier', state: 'done', done: 9e9, total: 9e9, unit: 'bytes', created_at: '2026-11-23T11:02:00Z', started_at: '2026-11-23T11:02:00Z', retry: false, finished_at: '2026-11-23T11:02:30Z', result: { ok: false, bytes_checked: 9e9, damaged_frames: [{ pack: 3, frame: 8, reason: 'block 4 does not hash to its id' }], affected: [{ id: 'ev-1', ranges: [] }, { id: 'ev-2', ranges: [] }] }, problem: null },
  { id: 'j-4', kind: 'image.verify', subject: 'Ward PC 2026-10', actor: 'K. Meier', state: 'running', done: 61e9, total: 240e9, unit: 'bytes', finished_at: null, retry: false, created_at: '2026-11-23T11:01:00Z', started_at: '2026-11-23T11:01:00Z', result: null, problem: null },
  { id: 'j-3', kind: 'image.verify', subject: 'Radiology workstation 2026-09', actor: 'K. Meier', state: 'failed', done: 0, total: 0, unit: 'bytes', created_at: '2026-11-23T11:00:00Z', started_at: '2026-11-23T11:01:30Z', finished_at: '2026-11-23T11:02:00Z', retry: true, result: null,
    problem: { code: 'E-READ-01', title: 'A disk or file could not be read.', detail: 'read store/packs/7 at byte 4096: Input/output error', safe: 'Nothing was changed.', next_action: 'Check the depot’s disk, then try again.' } },
  { id: 'j-1', kind: 'custody.verify', subject: 'custody.log', actor: 'K. Meier', state: 'done', done: 412, total: 412, unit: 'lines', created_at: '2026-11-23T10:57:00Z', started_at: '2026-11-23T10:57:00Z', retry: false, finished_at: '2026-11-23T10:58:00Z', result: { ok: false, first_broken_line: 42, problem: 'the signature does not verify' }, problem: null },
];

export const images = [
  { id: 'img-ward', name: 'Ward PC 2026-10', disk_bytes: 240e9, stored_bytes: 14.2e9, root: hex(3), created_at: '2026-10-02T08:00:00Z', boot_mode: 'BIOS and UEFI', verified: true },
  { id: 'img-rad', name: 'Radiology workstation 2026-09', disk_bytes: 480e9, stored_bytes: 31.7e9, root: hex(5), created_at: '2026-09-18T08:00:00Z', boot_mode: 'UEFI', verified: true },
];
export const backups = [
  { id: 'bk-rad', name: 'Radiology shares, Sunday night', format: 'tar.zst', bytes: 18.4e9, files: 42117, created_at: '2026-11-22T01:10:00Z', verdict: 'clean', infected: 0, not_scanned: 0, scan_note: '' },
  { id: 'bk-lab', name: 'Laboratory shares, Sunday night', format: 'zip', bytes: 6.1e9, files: 9034, created_at: '2026-11-22T02:10:00Z', verdict: 'unscanned', infected: 0, not_scanned: 0, scan_note: 'no rules were given' },
];

export function evidence(machine) {
  return {
    id: machine.evidence_id, retention: { holds: [], kept_until: '' }, machine_id: machine.id, slot: machine.slot, host: machine.host, disk_serial: machine.disk?.serial, root: hex(7), sha256: hex(11),
    bytes_read: machine.disk?.size_bytes, bytes_added: 9.3e9, bytes_known: 61e9, unreadable: machine.code === 'E-READ-01' ? 24576 : 0, state: 'verified', finished_at: machine.verified_at,
  };
}

export function audit(machines, only) {
  const entries = machines.filter((machine) => machine.started_at && (!only || machine.id === only)).slice(0, 80).flatMap((machine) => [
    ...(machine.code ? [{ t: machine.last_contact, actor: 'depot', action: 'trouble', text: machine.sentence, machine_id: machine.id, code: machine.code }] : []),
    ...(machine.verified_at ? [{ t: machine.verified_at, actor: 'depot', action: 'verified', text: 'Copy re-read, checked and signed. Permit issued for this disk.', machine_id: machine.id }] : []),
    { t: machine.started_at, actor: 'K. Meier', action: 'approve', text: `Approved for slot ${machine.slot} with Ward PC 2026-10; code compared.`, machine_id: machine.id },
  ]);
  return { head: hex(13), entries: entries.sort((a, b) => Date.parse(b.t) - Date.parse(a.t)) };
}

export const STAGES = ['find', 'copy', 'check', 'install', 'restore', 'test'];
export function stages(active, failed = false) {
  const at = active === 'all' ? STAGES.length : STAGES.indexOf(active);
  return Object.fromEntries(STAGES.map((name, index) => [name, index < at ? 'done' : index === at ? (failed ? 'failed' : 'active') : 'todo']));
}

const MODELS = ['OptiPlex 7010', 'EliteDesk 800 G6', 'ThinkCentre M720q', 'ESPRIMO D7010'];
/** Phase, stage, sentence, next action and what may be done. */
export const KINDS = {
  ready: { phase: 'ready', stages: stages('all'), sentence: 'Installed, restored and started from its own disk.', next_action: 'Take it back to the ward.', actions: ['locate'] },
  copying: { phase: 'copying', stages: stages('copy'), sentence: 'Reading the disk. Disk not changed.', next_action: 'Nothing to do: leave power and cable on.', actions: ['hold', 'locate', 'cancel'], stage: 'copy' },
  verifying: { phase: 'verifying_copy', stages: stages('check'), sentence: 'Checking the copy. Disk not yet changed.', next_action: 'Nothing to do: leave power and cable on.', actions: ['hold', 'locate', 'cancel'], stage: 'check' },
  imaging: { phase: 'imaging', stages: stages('install'), sentence: 'Writing the golden image; every block is read back.', next_action: 'Nothing to do: leave power and cable on.', actions: ['hold', 'locate', 'cancel'], stage: 'install' },
  restoring: { phase: 'restoring', stages: stages('restore'), sentence: 'Putting user files back and checking each one.', next_action: 'Nothing to do: leave power and cable on.', actions: ['hold', 'locate', 'cancel'], stage: 'restore' },
  testing: { phase: 'verifying_install', stages: stages('test'), sentence: 'Starting from its own disk. Waiting for it to report in.', next_action: 'If its screen shows an error for 10 minutes, use Retry.', actions: ['retry', 'locate'] },
  waiting: { phase: 'queued', stages: stages('copy'), queue: { place: 3, at_once: 4, starts_lo: '2026-11-23T23:40:00Z', starts_hi: '2026-11-23T23:55:00Z' }, sentence: 'Waiting: place 3 (the depot serves 4 machines at once). Disk not changed.', next_action: 'Nothing to do: it starts by itself.', actions: ['hold', 'locate', 'cancel'] },
  approve: { phase: 'awaiting_approval', stages: stages('copy'), sentence: 'Disk not changed. Nothing happens before approval.', next_action: 'Compare the code on its screen and approve.', actions: ['approve', 'locate', 'hold'] },
  gaps: { phase: 'copying', condition: 'needs_you', code: 'E-READ-01', params: { sectors: 48 }, stages: stages('copy', true), sentence: '48 sectors unreadable. The rest of the copy is safe.', next_action: 'Accept the gaps, or hold for an analyst.', actions: ['accept_gaps', 'hold', 'locate', 'cancel'], stage: 'copy' },
  mismatch: { phase: 'verifying_copy', condition: 'failed', code: 'E-EVID-02', stages: stages('check', true), sentence: 'The copy doesn’t match the disk. Nothing was erased.', next_action: 'Copy again; if it fails twice, hold for an analyst.', actions: ['retry', 'hold', 'locate'] },
  lost: { phase: 'copying', contact: 'lost', stages: stages('copy'), sentence: 'Reading the disk. Disk not changed.', next_action: '', actions: ['locate', 'hold'], stage: 'copy' },
  held: { phase: 'imaging', condition: 'held', stages: stages('install'), sentence: 'Held by K. Meier: waiting for the analyst.', next_action: 'Resume when it may go on.', actions: ['resume', 'locate', 'release', 'cancel'] },
};
const MIX = ['ready', 'ready', 'copying', 'ready', 'waiting', 'imaging', 'ready', 'waiting', 'verifying', 'ready', 'restoring', 'waiting', 'ready', 'copying', 'testing', 'ready', 'waiting', 'ready'];
const SPECIAL = { 6: 'gaps', 13: 'lost', 21: 'mismatch', 30: 'held', 9: 'approve', 17: 'approve', 18: 'approve', 26: 'approve' };

export function machineOf(kind, at) {
  const found = KINDS[kind];
  const letter = String.fromCharCode(65 + Math.floor(at / 24) % 26) + (at >= 624 ? 'X' : '');
  const started = new Date(Date.now() - (40 + (at % 90)) * 60_000).toISOString();
  const approved = kind !== 'approve';
  const beyondCopy = ['ready', 'imaging', 'restoring', 'testing', 'held'].includes(kind);
  const total = 256e9;
  return {
    id: `m-${(at * 7919 + 100_003).toString(32).toUpperCase()}`, rev: 1, seq: 1, attempt: kind === 'mismatch' ? 2 : 1, slot: `${letter}${String((at % 24) + 1).padStart(2, '0')}`, host: approved ? `WS-${['RAD', 'LAB', 'ICU', 'WARD'][at % 4]}-${String(at + 1).padStart(2, '0')}` : '',
    model: MODELS[at % 4], serial: `5CG${(at * 37 + 1000).toString(36).toUpperCase()}`, condition: 'ok', contact: 'live', code: '', params: {},
    short_code: ['K7Q2MP', 'H3VX8R', 'B9TWZ4', 'N5JC6D'][at % 4], disk: { serial: `S4NZNX0M${100_000 + at}`, model: 'Samsung SSD 860', size_bytes: 256_060_514_304 },
    mac: `52:54:00:00:${Math.floor(at / 256).toString(16).padStart(2, '0')}:${(at % 256).toString(16).padStart(2, '0')}`, firmware: at % 3 ? 'UEFI' : 'BIOS', address: `10.77.${Math.floor(at / 250)}.${(at % 250) + 2}`,
    last_contact: new Date(Date.now() - (kind === 'lost' ? 245_000 : 1_000)).toISOString(), evidence_id: beyondCopy ? `ev-${hex(at).slice(0, 16)}` : '', verified_at: beyondCopy ? new Date(Date.now() - 20 * 60_000).toISOString() : null,
    image_name: approved ? (at % 4 === 0 ? images[1].name : images[0].name) : '', started_at: approved ? started : null, finished_at: kind === 'ready' ? new Date(Date.now() - (at % 30) * 60_000).toISOString() : null,
    ...found, stage: undefined,
    progress: found.stage ? { stage: found.stage, done: total * (((at * 13) % 89) / 100 + 0.05), total, bps: 120e6 + (at % 9) * 1e7, eta_lo: 2100, eta_hi: 3000, basis: '14 similar PCs' } : { stage: '', done: 0, total: 0, bps: 0, eta_lo: null, eta_hi: null, basis: null },
  };
}

export function busyRoom(size = 120) {
  return Array.from({ length: size }, (_, at) => machineOf(SPECIAL[at] ?? MIX[at % MIX.length], at));
}

/** One second of work in the room. */
export function drive(depot) {
  const rows = [];
  for (const machine of depot.machines.values()) {
    if (!machine.progress?.total || machine.condition !== 'ok' || machine.contact !== 'live') continue;
    const bps = 150e6 + Math.round(Math.sin(Date.now() / 3000 + rows.length) * 5e7);
    rows.push({ ...machine.progress, id: machine.id, bps, done: Math.min(machine.progress.total * 0.97, machine.progress.done + bps) });
  }
  depot.progress(rows);
}
