// A real `resus depot serve` on loopback over TLS, with a data folder of its own; killed and started again as a power cut does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    /** @type {string[]} */
    this.said = [];
  }

  /** Resolves when the dashboard answers. */
  async start() {
    const args = ['depot', 'serve', '--data', this.data, '--address', '127.0.0.1', '--dhcp', 'off', '--boot-image', this.boot, '--ipxe', this.boot,
      '--admin-password-file', join(this.folder, 'password'), '--http-port', this.ports.http, '--https-port', this.ports.https, '--agent-port', this.ports.agent].map(String);
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
