// A real `resus depot serve` on loopback over TLS, with a data folder of its own; killed and started again as a power cut does.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const PLACES = process.env.RESUS_PROGRAM ? [process.env.RESUS_PROGRAM] : ['release', 'dev'].map((preset) => join(ROOT, 'build', preset, 'bin/resus'));
export const PASSWORD = 'correct horse night shift';

/** The program, or undefined where nothing was built yet. */
export function program() {
  return PLACES.find((place) => existsSync(place));
}

/** Options of a test that needs the program. Where ctest names one, it must be there. */
export const withDepot = { timeout: 180_000, skip: program() || process.env.RESUS_PROGRAM ? false : 'nothing is built: cmake --build --preset dev' };

export class RealDepot {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'resus-depot-'));
    this.data = join(this.folder, 'data');
    this.boot = join(this.folder, 'boot');
    mkdirSync(this.boot);
    for (const file of ['vmlinuz', 'initrd.img', 'undionly.kpxe', 'snponly.efi']) writeFileSync(join(this.boot, file), file);
    writeFileSync(join(this.folder, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
    /** Given by the kernel at the first start, kept at every other. */
    this.ports = { http: 0, https: 0, agent: 0 };
    /** A configuration file for it, if any. @type {string|undefined} */
    this.config = undefined;
    /** @type {string[]} */
    this.said = [];
  }

  /** Resolves when the dashboard answers. */
  async start() {
    const args = ['depot', 'serve', '--data', this.data, '--address', '127.0.0.1', '--dhcp', 'off', '--boot-image', this.boot, '--ipxe', this.boot,
      '--admin-password-file', join(this.folder, 'password'), '--http-port', this.ports.http, '--https-port', this.ports.https, '--agent-port', this.ports.agent,
      ...(this.config ? ['--config', this.config] : [])].map(String);
    const child = spawn(/** @type {string} */ (program()), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = new Promise((resolve) => child.on('exit', resolve));
    child.stderr.on('data', (text) => this.said.push(String(text)));
    await new Promise((resolve, reject) => {
      let out = '';
      child.stdout.on('data', (text) => {
        out += text;
        if (out.includes('key ')) resolve(undefined); // Printed after every port listens.
      });
      child.on('exit', (status) => reject(new Error(`the depot ended with ${status}: ${this.said.join('')}`)));
    });
    this.ports = JSON.parse(readFileSync(join(this.data, 'run/ports.json'), 'utf8'));
  }

  get url() {
    return `https://localhost:${this.ports.https}`;
  }

  get caFile() {
    return join(this.data, 'run/ca.pem');
  }

  /** `resus …` beside the depot; what it prints. @param {string[]} args @param {string} [input] */
  run(args, input = '') {
    return execFileSync(/** @type {string} */ (program()), args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** A golden image and evidence of one small disk, as a workbench makes them before the depot starts. */
  fillStore() {
    this.disk = join(this.folder, 'disk.img');
    const bytes = Buffer.alloc(8 << 20);
    randomBytes(1 << 20).copy(bytes, 1 << 20);
    writeFileSync(this.disk, bytes);
    const store = join(this.data, 'store');
    mkdirSync(store, { recursive: true });
    this.run(['image', 'import', this.disk, '--name', 'Ward PC 2026-10', '--store', store]);
    this.run(['evidence', 'acquire', this.disk, '--store', store]);
  }

  /** A call with the token that the depot leaves for tools on its own box. */
  call(method, path, body) {
    const token = readFileSync(join(this.data, 'run/admin.token'), 'utf8').trim();
    return exchange({ port: this.ports.https, method, path: `/api/v1${path}`, headers: { Authorization: `Bearer ${token}` } }, body);
  }

  /** As a power cut: nothing is said to anybody. */
  async kill() {
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it as Ctrl-C does and removes its data. */
  async close() {
    this.child?.kill('SIGTERM');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
    assert.equal(this.child?.signalCode, null, 'the depot did not end by itself');
  }
}

/** A machine under recovery as far as its calls go: a key of its own, identity, progress, log. */
export class RealMachine {
  /** @param {RealDepot} depot @param {number} number tells it from others */
  constructor(depot, number) {
    this.depot = depot;
    this.number = number;
    const key = join(depot.folder, `machine-${number}.key`);
    const certificate = join(depot.folder, `machine-${number}.pem`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=agent', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    this.agent = { key: readFileSync(key), cert: readFileSync(certificate) };
    const tail = String(number).padStart(2, '0');
    this.disk = { path: '/dev/sda', model: 'Samsung SSD 870 EVO 500GB', serial: `S62BNJ0R4115${tail}X`, wwn: `0x5002538f414159${tail}`, firmware: 'SVT02B6Q', transport: 'sata',
      size_bytes: 500_107_862_016, logical_sector_bytes: 512, physical_sector_bytes: 512, removable: false, read_only: true, rotational: false };
    this.identity = { smbios: { uuid: `4c4c4544-0042-3010-8057-b6c04f4e33${tail}`, manufacturer: 'Dell Inc.', product: 'OptiPlex 7090', serial: `6B0WN${tail}`, asset_tag: `RAD-00${tail}`, bios_version: '1.16.0' },
      links: [{ name: 'eno1', mac: `a4:bb:6d:10:20:${tail}`, driver: 'e1000e', ipv4: '127.0.0.1', carrier: true, speed_mbit: 1000 }], firmware: 'uefi', secure_boot: false, memory_bytes: 17_179_869_184, cpu: '11th Gen Intel(R) Core(TM) i5-11500 @ 2.70GHz' };
  }

  call(method, path, body) {
    return exchange({ port: this.depot.ports.agent, method, path: `/agent/v1${path}`, ...this.agent }, body);
  }

  async enrol() {
    const answer = await this.call('POST', '/enrol', { boot_id: `boot-${this.number}`, ticket: '', identity: this.identity, disks: [this.disk], build: 'test', status_url: '', time: new Date().toISOString() });
    this.id = answer.machine_id;
    this.code = answer.short_code;
  }

  /** Approved by the code it shows. @param {string} slot */
  async approved(slot) {
    const { machines } = await this.depot.call('GET', '/snapshot');
    const { attempt } = machines.find((/** @type {any} */ machine) => machine.id === this.id);
    const { results } = await this.depot.call('POST', '/batches', { action: 'approve', ids: [this.id], expected_count: 1, reason: '',
      params: { short_code: this.code, slot, attempt, backup_id: 'none', disk_serial: this.disk.serial, hostname: `WS-${slot}` }, confirm: { slot } });
    assert.equal(results[0].ok, true, JSON.stringify(results));
  }

  /** Waits for its turn as the agent does, then begins to copy. */
  async copies() {
    let task = await this.call('GET', '/task?wait=20&seen=');
    while (task.task !== 'acquire') task = await this.call('GET', `/task?wait=20&seen=${task.task_id}`);
    return this.call('POST', '/acquisitions', { attempt: 1, disk: this.disk });
  }
}

/** One JSON request; the depot is the one on this box, so its certificate is not asked for. Fails on any other answer than 2xx. */
function exchange({ headers = {}, ...where }, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', rejectUnauthorized: false, headers: { ...headers, ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }) }, ...where }, (answer) => {
      let got = '';
      answer.setEncoding('utf8').on('data', (piece) => { got += piece; }).on('end', () => {
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${where.method} ${where.path}: ${answer.statusCode} ${got}`));
        else resolve(got ? JSON.parse(got) : null);
      });
    });
    asked.on('error', reject).end(text);
  });
}
