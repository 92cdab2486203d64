// The event stream's decisions, without a browser: clock, timers, requests and events are plain values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed, SILENCE_MS } from '../../web/ui/feed.js';
import { range, shortCode } from '../../web/ui/format.js';
import { FakeWorld, settle } from './fake-world.mjs';
import { NO_FILTER, groupOf, matching, status } from '../../web/ui/model.js';

async function liveFeed() {
  const world = new FakeWorld();
  const messages = [];
  const feed = new Feed(world, (message) => messages.push(message));
  feed.start();
  await settle();
  world.streams[0].handlers.hello({ boot: 'b1', rev: 1 });
  await settle();
  return { world, feed, messages };
}

test('A page is live after the snapshot that follows hello', async () => {
  const { feed, messages } = await liveFeed();
  assert.equal(feed.link.state, 'live');
  assert.deepEqual(messages.map((message) => message.kind), ['hello', 'snapshot', 'link']);
});

test('An event with an older revision or attempt is ignored', async () => {
  const { world, feed, messages } = await liveFeed();
  world.streams[0].handlers.machine({ id: 'a', seq: 4, rev: 4, attempt: 2, phase: 'queued' });
  world.streams[0].handlers.machine({ id: 'a', seq: 6, rev: 6, attempt: 1, phase: 'queued' });
  assert.equal(feed.machines.get('a').phase, 'copying');
  assert.equal(messages.filter((message) => message.kind === 'machine').length, 0);
});

test('An event that comes during the snapshot is applied after it', async () => {
  const { world, feed } = await liveFeed();
  world.streams[0].handlers.reset({ reason: 'gap' });
  world.streams[0].handlers.machine({ id: 'a', seq: 6, rev: 6, attempt: 2, phase: 'imaging' });
  await settle();
  assert.equal(feed.machines.get('a').phase, 'imaging');
});

test('Silence of twelve seconds makes the data old and opens anew', async () => {
  const { world, feed } = await liveFeed();
  await world.pass(SILENCE_MS - 1_000);
  assert.equal(feed.link.state, 'live');
  await world.pass(2_000);
  assert.equal(feed.link.state, 'lost');
  assert.equal(world.streams[0].closed, true);
  assert.equal(world.streams.length, 2);
});

test('A depot that is away is tried again without end, at most every eight seconds', async () => {
  const { world, feed } = await liveFeed();
  world.answers['/api/v1/session'] = new Error('refused');
  world.streams[0].failed();
  await world.pass(600_000);
  assert.equal(feed.link.state, 'lost');
  world.answers['/api/v1/session'] = {};
  await world.pass(8_000);
  world.streams.at(-1).handlers.hello({ boot: 'b2', rev: 1 });
  await settle();
  assert.equal(feed.link.state, 'live');
});

test('An ended session stops the stream until somebody signs in', async () => {
  const { world, feed } = await liveFeed();
  world.answers['/api/v1/session'] = Object.assign(new Error('401'), { status: 401 });
  world.streams[0].failed();
  await world.pass(60_000);
  assert.equal(feed.link.state, 'signed_out');
  assert.equal(world.timers.length, 0);
  world.answers['/api/v1/session'] = {};
  feed.start();
  await settle();
  assert.equal(world.streams.length, 2);
});

const machine = (fields) => ({ id: 'm', seq: 1, rev: 1, attempt: 1, phase: 'copying', condition: 'ok', contact: 'live', ...fields });

test('A silent machine is interrupted and never running', () => {
  const lost = machine({ contact: 'lost', last_contact: '2026-11-23T11:00:00Z' });
  const said = status(lost, Date.parse('2026-11-23T11:04:00Z'));
  assert.equal(groupOf(lost), 'attention');
  assert.equal(said.reason, 'No contact for 4 min.');
  assert.match(said.word, /^Interrupted/);
});

test('A machine that starts its own disk may be silent', () => {
  assert.equal(groupOf(machine({ phase: 'verifying_install', contact: 'lost' })), 'running');
});

test('Every phase and condition has a word, a reason and a next action', () => {
  for (const phase of ['discovered', 'awaiting_approval', 'queued', 'copying', 'verifying_copy', 'imaging', 'restoring', 'verifying_install', 'ready', 'collected', 'from the future']) {
    for (const condition of ['ok', 'needs_you', 'held', 'failed', 'interrupted', 'cancelled']) {
      const said = status(machine({ phase, condition }), 0);
      assert.ok(said.word && said.reason && said.next && said.icon, `${phase} ${condition}`);
    }
  }
});

test('A reason that a tool gave ends before the next action begins', () => {
  assert.equal(status(machine({ condition: 'needs_you', sentence: 'read /dev/sda: Input/output error' }), 0).reason, 'read /dev/sda: Input/output error.');
  assert.equal(status(machine({ condition: 'needs_you', sentence: 'Accept the gaps?' }), 0).reason, 'Accept the gaps?');
});

test('A search takes every word, in any field', () => {
  const list = [machine({ slot: 'B07', host: 'WS-RAD-12' }), machine({ slot: 'B08', host: 'WS-LAB-03' })];
  assert.deepEqual(matching(list, { ...NO_FILTER, text: 'b0 rad' }).map((entry) => entry.slot), ['B07']);
});

test('Time left is a range, or nothing', () => {
  assert.equal(range(2100, 3000), '35–50 min');
  assert.equal(range(null, null), '–');
  assert.equal(shortCode('K7Q2MP'), 'K7Q 2MP');
});
