// Whose event stream a tab follows, without a browser: the worker's, or its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeWorld, settle } from './fake-world.mjs';
import { ANSWER_MS, ASK_AGAIN_MS, HIDDEN_MS, Sharing } from '../../web/ui/sharing.js';

class SharingWorld extends FakeWorld {
  constructor() {
    super();
    this.workers = [];
    this.own = [];
    this.received = [];
    this.openWorker = (heard, failed) => {
      const worker = { heard, failed, words: [] };
      this.workers.push(worker);
      return { post: (word) => worker.words.push(word) };
    };
  }
  openStream() {
    const stream = { runs: false, start() { this.runs = true; }, stop() { this.runs = false; } };
    this.own.push(stream);
    return stream;
  }
}

function opened(change = () => {}) {
  const world = new SharingWorld();
  change(world);
  const sharing = new Sharing({ openWorker: world.openWorker, openStream: () => world.openStream(), get: (path) => world.get(path), after: (ms, run) => world.after(ms, run) },
    (message) => world.received.push(message.kind));
  sharing.start();
  return { world, sharing, worker: world.workers[0] };
}
const link = (state) => ({ kind: 'link', link: { state, since: 0 } });

test('A worker that answers keeps the tab from a stream of its own', async () => {
  const { world, worker } = opened();
  worker.heard(link('live'));
  for (let beat = 0; beat < 20; beat += 1) {
    await world.pass(5_000);
    worker.heard({ kind: 'hb' });
  }
  assert.deepEqual([world.own.length, worker.words], [0, ['hello']]);
});

test('A browser without shared workers, or one that refuses them, opens its own stream', () => {
  assert.equal(opened((world) => { world.openWorker = null; }).world.own[0].runs, true);
  assert.equal(opened((world) => { world.openWorker = () => { throw new Error('refused'); }; }).world.own[0].runs, true);
});

test('A worker whose script was refused is replaced at once, and only once', async () => {
  const { world, worker } = opened();
  worker.failed();
  worker.failed();
  await world.pass(60_000);
  assert.deepEqual([world.own.length, world.own[0].runs], [1, true]);
  worker.heard(link('live'));
  assert.deepEqual(world.received, []);
});

test('A worker that never answers is replaced', async () => {
  const { world } = opened();
  await world.pass(ANSWER_MS - 1);
  assert.equal(world.own.length, 0);
  await world.pass(1);
  assert.equal(world.own[0].runs, true);
});

test('A worker that died is noticed and replaced', async () => {
  const { world, worker } = opened();
  worker.heard(link('live'));
  await world.pass(ASK_AGAIN_MS);
  assert.deepEqual(worker.words, ['hello', 'ask']);
  await world.pass(ANSWER_MS);
  assert.equal(world.own[0].runs, true);
});

/** A try of the worker that failed, with what the page finds when it tries itself. */
async function miss({ world, worker }, found = {}) {
  world.answers['/api/v1/session'] = found;
  worker.heard({ kind: 'missed' });
  await settle();
}
const AWAY = new Error('refused');

test('A depot that is away is no reason to leave a worker', async () => {
  const opening = opened();
  for (let attempt = 0; attempt < 20; attempt += 1) await miss(opening, AWAY);
  assert.equal(opening.world.own.length, 0);
});

test('A worker that is refused what the page is given twice in a row is replaced', async () => {
  const opening = opened();
  opening.worker.heard(link('live'));
  for (const found of [AWAY, {}, AWAY, {}]) await miss(opening, found);
  assert.equal(opening.world.own.length, 0);
  await miss(opening);
  assert.equal(opening.world.own[0].runs, true);
  assert.equal(opening.worker.words.at(-1), 'bye');
});

test('A worker that comes back after one missed try stays', async () => {
  const opening = opened();
  for (let restart = 0; restart < 5; restart += 1) {
    await miss(opening);
    opening.worker.heard(link('live'));
  }
  assert.equal(opening.world.own.length, 0);
});

test('A tab out of sight gives its own stream up until it is seen again', async () => {
  const { world, sharing, worker } = opened();
  worker.failed();
  sharing.sight(true);
  await world.pass(HIDDEN_MS);
  assert.equal(world.own[0].runs, false);
  sharing.sight(false);
  await settle();
  assert.equal(world.own[0].runs, true);
});

test('Signing in again greets the worker again', () => {
  const { sharing, worker } = opened();
  worker.heard(link('signed_out'));
  sharing.start();
  assert.deepEqual(worker.words, ['hello', 'hello']);
});
