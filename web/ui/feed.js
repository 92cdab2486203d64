// @ts-check
// The event stream: opened, watched, reopened without end. Runs in the SharedWorker, or in the page where there is none.
// Everything outside (events, requests, clock, timers, chance) is handed in, so that tests run it without a browser.

/** Nothing heard for this long: the data is old. UI.md, "Client". */
export const SILENCE_MS = 12_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;

/**
 * @typedef {{state: 'connecting'|'live'|'lost'|'signed_out', since: number}} Link
 * @typedef {{open: (handlers: Record<string, (data: any) => void>, failed: () => void) => () => void,
 *   get: (path: string) => Promise<any>, now: () => number, every: (ms: number, run: () => void) => () => void,
 *   after: (ms: number, run: () => void) => () => void, random: () => number}} World
 */

export class Feed {
  /** @param {World} world @param {(message: any) => void} emit */
  constructor(world, emit) {
    this.world = world;
    this.emit = emit;
    /** @type {Map<string, any>} */
    this.machines = new Map();
    /** @type {any} */
    this.base = null;
    /** @type {any} */
    this.hello = null;
    /** @type {any[]|null} Events that came while a snapshot was under way. */
    this.held = null;
    /** @type {Link} */
    this.link = { state: 'connecting', since: world.now() };
    this.heardAt = world.now();
    this.triedAt = world.now();
    this.waiting = false;
    this.failures = 0;
    this.generation = 0;
    /** @type {(() => void)[]} */
    this.stops = [];
  }

  /** Opens the stream unless it runs. Also called after signing in. */
  start() {
    if (this.stops.length) return;
    this.heardAt = this.world.now();
    this.setLink('connecting');
    this.stops.push(this.world.every(1_000, () => this.watch()));
    void this.open();
  }

  stop() {
    this.generation += 1;
    this.waiting = false;
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Everything a page needs that opens later than the stream. */
  state() {
    const snapshot = this.base && { ...this.base, machines: [...this.machines.values()] };
    return [{ kind: 'link', link: this.link }, ...(this.hello ? [{ kind: 'hello', hello: this.hello }] : []),
      ...(snapshot ? [{ kind: 'snapshot', snapshot }] : [])];
  }

  async open() {
    const generation = ++this.generation;
    this.triedAt = this.world.now();
    try {
      await this.world.get('/api/v1/session');
    } catch (error) {
      if (generation !== this.generation) return;
      if (/** @type {any} */ (error).status === 401) this.signedOut();
      else this.again();
      return;
    }
    if (generation !== this.generation) return;
    const on = (/** @type {(data: any) => void} */ act) => (/** @type {any} */ data) => {
      if (generation !== this.generation) return;
      this.heard();
      act(data);
    };
    this.stops.push(this.world.open({
      hello: on((data) => { this.greeted(data); void this.resync(); }),
      machine: on((data) => this.apply({ kind: 'machine', machine: data })),
      progress: on((data) => this.apply({ kind: 'progress', ...data })),
      hb: on((data) => this.emit({ kind: 'hb', hb: data })),
      reset: on(() => void this.resync()),
    }, () => { if (generation === this.generation) this.again(); }));
  }

  /** @param {any} hello */
  greeted(hello) {
    if (this.hello && this.hello.boot !== hello.boot) this.machines.clear();
    this.hello = hello;
    this.emit({ kind: 'hello', hello });
  }

  /** Snapshot first, then what came meanwhile: nothing is missed, nothing older wins. */
  async resync() {
    const generation = this.generation;
    this.held ??= [];
    try {
      const snapshot = await this.world.get('/api/v1/snapshot');
      if (generation !== this.generation) return;
      this.base = { ...snapshot, machines: [] };
      this.machines = new Map(snapshot.machines.map((/** @type {any} */ machine) => [machine.id, machine]));
      this.emit({ kind: 'snapshot', snapshot });
      const held = /** @type {any[]} */ (this.held ?? []);
      this.held = null;
      for (const event of held) this.apply(event);
      this.failures = 0;
      this.heard();
      this.setLink('live');
    } catch (error) {
      if (generation !== this.generation) return;
      if (/** @type {any} */ (error).status === 401) this.signedOut();
      else this.again();
    }
  }

  /** @param {any} event */
  apply(event) {
    if (this.held) {
      if (event.kind === 'machine') this.held.push(event);
      return;
    }
    if (event.kind === 'machine') {
      const known = this.machines.get(event.machine.id);
      if (known && (event.machine.seq <= known.seq || event.machine.attempt < known.attempt)) return;
      this.machines.set(event.machine.id, { ...known, ...event.machine });
      this.emit({ kind: 'machine', machine: this.machines.get(event.machine.id) });
      return;
    }
    this.progressed(event);
  }

  /** @param {{f: string[], m: any[][]}} event */
  progressed(event) {
    for (const row of event.m) {
      const fields = Object.fromEntries(event.f.map((name, at) => [name, row[at]]));
      const known = this.machines.get(fields.id);
      if (!known || fields.attempt < known.attempt) continue;
      const { id, attempt, ...progress } = fields;
      this.machines.set(id, { ...known, progress });
    }
    this.emit(event);
  }

  heard() {
    this.heardAt = this.world.now();
  }

  /** Once a second: old data is said to be old, and a try that hangs is given up. */
  watch() {
    const now = this.world.now();
    if (now - this.heardAt < SILENCE_MS) return;
    this.setLink('lost', this.heardAt);
    if (!this.waiting && now - this.triedAt >= SILENCE_MS) this.again();
  }

  /** Closes and opens again after a jittered, growing delay: a thousand pages must not come back at once. */
  again() {
    const ticking = this.stops[0];
    this.generation += 1;
    for (const stop of this.stops.splice(1)) stop();
    if (!ticking) return;
    this.emit({ kind: 'missed' });
    this.held = null;
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    this.failures += 1;
    this.waiting = true;
    if (this.link.state === 'live') this.setLink('connecting', this.heardAt);
    this.stops.push(this.world.after(ceiling * (0.5 + this.world.random() / 2), () => {
      this.waiting = false;
      void this.open();
    }));
  }

  signedOut() {
    this.stop();
    this.machines.clear();
    this.base = null;
    this.held = null;
    this.setLink('signed_out');
  }

  /** @param {Link['state']} state @param {number} [since] */
  setLink(state, since = this.world.now()) {
    if (this.link.state === state) return;
    this.link = { state, since };
    this.emit({ kind: 'link', link: this.link });
  }
}

/** @returns {World} The browser as the feed sees it, in a page or a worker. */
export function browserWorld() {
  return {
    open(handlers, failed) {
      const source = new EventSource('/api/v1/events');
      for (const [name, handle] of Object.entries(handlers)) {
        source.addEventListener(name, (event) => {
          try {
            handle(JSON.parse(/** @type {MessageEvent} */ (event).data));
          } catch (error) {
            console.error('event could not be read', name, error);
            failed();
          }
        });
      }
      source.onerror = failed;
      return () => source.close();
    },
    async get(path) {
      const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
      return response.json();
    },
    now: () => Date.now(),
    every(ms, run) {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  };
}
