// @ts-check
// Which event stream this tab follows: the one that all tabs share in a worker, or one of its own where the worker cannot
// serve. When a person clicked a certificate warning away, Chromium lets pages through and refuses workers every new
// connection: such a worker starts on the page's open connections and is cut off when the depot restarts.
// Pure: workers, feeds, timers and requests are handed in.

/** A worker answers from memory; one that is silent for so long never started or has died. */
export const ANSWER_MS = 3_000;
/** Longer than two heartbeats. */
export const ASK_AGAIN_MS = 15_000;
/** So often in a row the page must reach the depot after the worker did not, before the worker is given up. */
export const TIMES_OVERTAKEN = 2;
/** A tab out of sight gives its own stream up: HTTP/1.1 allows six connections, the seventh tab would starve. */
export const HIDDEN_MS = 30_000;

/**
 * @typedef {{start: () => void, stop: () => void}} Stream
 * @typedef {{post: (word: 'hello'|'ask'|'bye') => void}} Port
 * @typedef {{openWorker: ((receive: (message: any) => void, failed: () => void) => Port)|null,
 *   openStream: (receive: (message: any) => void) => Stream, get: (path: string) => Promise<any>,
 *   after: (ms: number, run: () => void) => () => void}} World
 */

export class Sharing {
  /** @param {World} world @param {(message: any) => void} receive */
  constructor(world, receive) {
    this.world = world;
    this.receive = receive;
    /** @type {Port|null} */
    this.port = null;
    /** @type {Stream|null} */
    this.stream = null;
    /** Times in a row that the page reached the depot after the worker did not. */
    this.overtaken = 0;
    this.answered = false;
    /** @type {Record<string, () => void>} */
    this.timers = {};
  }

  /** Again after signing in and after coming back from the history. */
  start() {
    if (this.stream) this.stream.start();
    else if (this.port) this.hello();
    else this.openWorker();
  }

  openWorker() {
    const { openWorker } = this.world;
    try {
      this.port = openWorker && openWorker((message) => this.heard(message), () => this.failed());
    } catch {
      this.port = null; // Private windows and policies may refuse it.
    }
    if (!this.port) return this.ownStream();
    this.hello();
  }

  /** @param {'hello'|'ask'} word */
  hello(word = 'hello') {
    this.answered = false;
    this.port?.post(word);
    this.wait('answer', ANSWER_MS, () => { if (!this.answered) this.ownStream(); });
  }

  /** @param {any} message from the worker */
  heard(message) {
    if (this.stream) return;
    this.answered = true;
    this.wait('again', ASK_AGAIN_MS, () => this.hello('ask'));
    if (message.kind === 'missed') return void this.compare();
    if (message.kind === 'link' && message.link.state === 'live') this.overtaken = 0;
    this.receive(message);
  }

  failed() {
    if (!this.answered) this.ownStream();
  }

  /** A try of the worker failed: is the depot away, or the worker refused what the page is given? Once may be chance. */
  async compare() {
    const reached = await this.world.get('/api/v1/session').then(() => true, () => false);
    this.overtaken = reached ? this.overtaken + 1 : 0;
    if (this.overtaken >= TIMES_OVERTAKEN) this.ownStream();
  }

  ownStream() {
    if (this.stream) return;
    for (const stop of Object.values(this.timers)) stop();
    this.port?.post('bye');
    this.port = null;
    this.stream = this.world.openStream(this.receive);
    this.stream.start();
  }

  leave() {
    this.timers.again?.();
    this.timers.answer?.();
    this.port?.post('bye');
  }

  /** @param {boolean} hidden */
  sight(hidden) {
    this.timers.hide?.();
    if (hidden) this.wait('hide', HIDDEN_MS, () => this.stream?.stop());
    else this.stream?.start();
  }

  /** @param {string} name @param {number} ms @param {() => void} run replaces what waits under that name */
  wait(name, ms, run) {
    this.timers[name]?.();
    this.timers[name] = this.world.after(ms, run);
  }
}
