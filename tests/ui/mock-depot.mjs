// A depot for tests of the pages: serves web/ui under the real policy, a snapshot, events and batches, and fails on demand.
// It knows the API of web/API.md and nothing of disks. Standard library only.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { UI, served } from './served.mjs';
import { HELP, audit, backups, evidence, images } from './mock-data.mjs';

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const PAGES = /^\/($|m\/[^/]+$|approve$|evidence$|images$|reports$|audit$|settings$|wall$|help\/[^/]+$)/;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]);
}

/** One hash over all files of the interface, as the depot makes it at build time. */
export function treeHash() {
  const hash = createHash('sha256');
  for (const file of files(UI).sort()) hash.update(relative(UI, file)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

export class MockDepot {
  constructor({ machines = [], open = false, user = 'meier', password = 'night shift', heartbeatMs = 1_000 } = {}) {
    this.machines = new Map(machines.map((machine) => [machine.id, machine]));
    this.account = { user, password };
    this.open = open;
    this.sessions = new Set();
    this.heartbeatMs = heartbeatMs;
    this.rev = 1000;
    this.boot = 'b001';
    this.ui = treeHash();
    this.streams = new Set();
    this.batches = [];
    /** @type {any[]} */
    this.jobs = [];
    this.silent = false;
    /** @type {(() => void)[]} */
    this.unanswered = [];
    this.refuse = new Map();
    this.onBatch = () => {};
    this.depot = { used_bytes: 38e12, total_bytes: 96e12, full_at: '2026-11-24T04:10:00Z', done_lo: '2026-11-24T05:10:00Z', done_hi: '2026-11-24T06:00:00Z', rx_bps: 0, address: '10.77.0.1', version: '0.1.0', netboot: { state: 'running', detail: 'full DHCP on eth1' } };
    this.plan = { image_id: 'img-ward', image_name: 'Ward PC 2026-10', backup_id: 'bk-rad' };
  }

  async start(port = 0) {
    this.server = createServer((request, response) => void this.handle(request, response).catch((error) => {
      response.writeHead(500).end(String(error.stack));
    }));
    this.server.keepAliveTimeout = 500;
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.beat = setInterval(() => { if (!this.silent) this.send('hb', { rev: this.rev, server_time: new Date().toISOString(), depot: this.depot }); }, this.heartbeatMs);
    return `http://localhost:${this.port}`;
  }

  /** As SIGKILL: every connection breaks. */
  async stop() {
    clearInterval(this.beat);
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Starts again on the same port, as another process with the same catalogue. */
  async restart() {
    this.boot = `b${String(Number(this.boot.slice(1)) + 1).padStart(3, '0')}`;
    return this.start(this.port);
  }

  /** Keeps every connection and says nothing more, as a process that is stopped: a new stream gets no greeting either. */
  hush() {
    this.silent = true;
  }

  /** Answers what came meanwhile and goes on. */
  speak() {
    this.silent = false;
    for (const answer of this.unanswered.splice(0)) answer();
  }

  send(event, data, id) {
    const text = `${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const stream of this.streams) stream.write(text);
  }

  /** Changes a machine and tells the pages. */
  change(id, fields) {
    this.rev += 1;
    const old = this.machines.get(id) ?? { id, rev: 0, seq: 0, attempt: 1, contact: 'live', condition: 'ok', actions: [] };
    const machine = { ...old, ...fields, rev: old.rev + 1, seq: old.seq + 1 };
    this.machines.set(id, machine);
    this.send('machine', machine, `${this.boot}-${this.rev}`);
    return machine;
  }

  /** One progress event, as the depot sends at most once a second. */
  progress(rows) {
    const f = ['id', 'attempt', 'stage', 'done', 'total', 'bps', 'eta_lo', 'eta_hi', 'basis'];
    for (const row of rows) {
      const machine = this.machines.get(row.id);
      if (machine) machine.progress = { ...row, id: undefined, attempt: undefined };
    }
    this.send('progress', { t: Date.now(), f, m: rows.map((row) => f.map((name) => (name === 'attempt' ? this.machines.get(row.id)?.attempt ?? 1 : row[name] ?? null))) });
  }

  snapshot() {
    return { rev: this.rev, boot: this.boot, server_time: new Date().toISOString(), incident: { name: 'Incident 2026-11-23' }, depot: this.depot, plan: this.plan, machines: [...this.machines.values()] };
  }

  async handle(request, response) {
    if (this.silent) await new Promise((resolve) => { this.unanswered.push(() => resolve(undefined)); });
    const url = new URL(request.url, 'http://depot');
    const path = url.pathname;
    response.setHeader('Content-Security-Policy', CSP);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (path.startsWith('/api/v1/')) return this.api(request, response, path.slice('/api/v1'.length), url.searchParams);
    if (request.method === 'GET' && PAGES.test(path)) {
      const page = readFileSync(join(UI, 'index.html'), 'utf8').replaceAll('__UI__', `/ui/${this.ui}`);
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' }).end(page);
      return undefined;
    }
    const prefix = `/ui/${this.ui}/`;
    const file = path.startsWith(prefix) ? files(UI).find((entry) => relative(UI, entry) === path.slice(prefix.length)) : undefined;
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain', 'Cache-Control': 'public, max-age=31536000, immutable' }).end(served(file));
    return undefined;
  }

  signedIn(request) {
    return this.open || this.sessions.has(/resus=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]);
  }

  async api(request, response, path, query) {
    const json = (status, body) => {
      const data = gzipSync(JSON.stringify(body));
      this.lastBytes = data.length;
      response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', 'Content-Encoding': 'gzip', 'Cache-Control': 'no-store' }).end(data);
    };
    const problem = (status, code, detail = '') => json(status, { type: `/help/${code}`, title: HELP[code]?.what_happened ?? 'Refused.', status, code, detail, safe: HELP[code]?.safe, next_action: HELP[code]?.next_action });
    if (request.method !== 'GET' && (request.headers['x-resus'] !== '1' || !request.headers['content-type']?.startsWith('application/json'))) return problem(403, 'E-AUTH-03', 'header missing');
    const body = request.method === 'POST' ? JSON.parse(await text(request)) : null;
    if (path === '/session') return this.session(request, response, body, json, problem);
    if (!this.signedIn(request)) return problem(401, 'E-AUTH-03');
    if (path === '/events') return this.stream(response);
    if (path === '/batches' && body) return this.batch(body, json, problem);
    return this.read(path, query, json, problem);
  }

  session(request, response, body, json, problem) {
    if (request.method === 'GET') return this.signedIn(request) ? json(200, { user: 'K. Meier', role: 'technician' }) : problem(401, 'E-AUTH-03');
    if (request.method === 'DELETE') {
      this.sessions.clear();
      return void response.writeHead(204).end();
    }
    if (body.user !== this.account.user || body.password !== this.account.password) return problem(401, 'E-AUTH-03', 'name or password is wrong');
    const token = `s${this.sessions.size + 1}`;
    this.sessions.add(token);
    response.setHeader('Set-Cookie', `resus=${token}; Path=/; HttpOnly; SameSite=Strict`);
    return json(200, { user: 'K. Meier', role: 'technician' });
  }

  stream(response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
    response.write(`event: hello\ndata: ${JSON.stringify({ v: 1, boot: this.boot, rev: this.rev, server_time: new Date().toISOString(), hb_s: 5, ui: this.ui })}\n\n`);
  }

  batch(body, json, problem) {
    this.batches.push(body);
    if (body.expected_count !== body.ids.length) return problem(409, 'E-CONFLICT-01');
    const results = body.ids.map((id) => {
      const code = this.refuse.get(id);
      if (code) return { id, ok: false, code, detail: HELP[code]?.what_happened ?? 'Refused.' };
      this.onBatch(body, id);
      return { id, ok: true };
    });
    return json(202, { batch_id: `bt-${this.batches.length}`, results });
  }

  read(path, query, json, problem) {
    const [, first, id, part] = path.split('/');
    const machine = this.machines.get(decodeURIComponent(id ?? ''));
    if (first === 'snapshot') return json(200, this.snapshot());
    if (first === 'jobs') return json(200, { jobs: this.jobs });
    if (first === 'images') return json(200, { images });
    if (first === 'backups') return json(200, { backups });
    if (first === 'evidence') return json(200, { evidence: [...this.machines.values()].filter((entry) => entry.evidence_id).slice(0, 60).map(evidence) });
    if (first === 'audit') return json(200, audit([...this.machines.values()], query.get('machine')));
    if (first === 'help') return HELP[id] ? json(200, { code: id, ...HELP[id] }) : problem(404, 'E-FOUND-01');
    if (first !== 'machines' || !machine) return problem(404, 'E-FOUND-01');
    if (part === 'log') return json(200, { lines: logLines(machine) });
    if (part === 'evidence') return json(200, { v: 1, purpose: 'record', payload: '', sig: '' });
    return json(200, {
      ...machine, timeline: audit([machine], machine.id).entries, disks: machine.disk ? [{ ...machine.disk, path: '/dev/sda', transport: 'sata', logical_sector_bytes: 512, physical_sector_bytes: 4096 }] : [],
      identity: {}, evidence: machine.evidence_id ? evidence(machine) : null, stats: { stages: [{ stage: 'copy', seconds: 754, since: null, finished: true }, { stage: 'check', seconds: 61, since: new Date().toISOString(), finished: false }] },
    });
  }
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function logLines(machine) {
  const t = machine.started_at ?? new Date().toISOString();
  return [{ t, level: 'info', text: 'agent started, write block proven on sda' }, { t, level: 'info', text: `disk ${machine.disk?.serial ?? '-'}: acquisition begins` },
    ...(machine.code ? [{ t, level: 'error', text: `${machine.code}: read /dev/sda at byte 10485760000: Input/output error` }] : [])];
}

// `node mock-depot.mjs [machines]` serves a busy room for looking at the pages by hand.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { busyRoom, drive } = await import('./mock-data.mjs');
  const depot = new MockDepot({ machines: busyRoom(Number(process.argv[2] ?? 120)), open: true });
  console.log(await depot.start(Number(process.env.PORT ?? 0)));
  setInterval(() => drive(depot), 1_000);
}
