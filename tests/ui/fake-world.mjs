// A browser whose clock, timers, requests and streams stand still until a test moves them.

export class FakeWorld {
  constructor() {
    this.time = 0;
    this.timers = [];
    this.streams = [];
    this.answers = { '/api/v1/session': {}, '/api/v1/snapshot': { rev: 1, machines: [{ id: 'a', seq: 5, rev: 5, attempt: 2, phase: 'copying' }] } };
  }
  now() { return this.time; }
  random() { return 1; }
  every(ms, run) { return this.after(ms, run, true); }
  after(ms, run, again = false) {
    const timer = { at: this.time + ms, ms, run, again };
    this.timers.push(timer);
    return () => { this.timers = this.timers.filter((entry) => entry !== timer); };
  }
  open(handlers, failed) {
    const stream = { handlers, failed, closed: false };
    this.streams.push(stream);
    return () => { stream.closed = true; };
  }
  async get(path) {
    const answer = this.answers[path];
    if (answer instanceof Error) throw answer;
    return structuredClone(answer);
  }
  /** Lets time pass, one timer after the other. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = next.at;
      if (next.again) next.at += next.ms;
      else this.timers = this.timers.filter((timer) => timer !== next);
      next.run();
      await settle();
    }
    this.time = end;
  }
}
export const settle = () => new Promise((resolve) => setImmediate(resolve));
