// @ts-check
// Connects this tab to the event stream: the browser's side of sharing.js.
import { Feed, browserWorld } from './feed.js';
import { Sharing } from './sharing.js';
import { receive } from './store.js';

/** A worker's address must pass a policy where Trusted Types are enforced; ours lets exactly one pass. */
function workerUrl() {
  const url = new URL('./worker.js', import.meta.url).href;
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return url;
  return types.createPolicy('resus-worker', { createScriptURL: () => url }).createScriptURL(url);
}

/** @param {(message: any) => void} heard @param {() => void} failed @returns {import('./sharing.js').Port} */
function openWorker(heard, failed) {
  const worker = new SharedWorker(workerUrl(), { type: 'module', name: 'resus-events' });
  worker.port.onmessage = ({ data }) => heard(data);
  worker.onerror = failed;
  return { post: (word) => worker.port.postMessage(word) };
}

const world = browserWorld();
const sharing = new Sharing({
  openWorker: typeof SharedWorker === 'function' ? openWorker : null,
  openStream: (heard) => new Feed(world, heard),
  get: world.get,
  after: world.after,
}, receive);

let begun = false;

/** Starts, or starts again after signing in. Calling it twice is harmless. */
export function startLive() {
  sharing.start();
  if (begun) return;
  begun = true;
  addEventListener('pagehide', () => sharing.leave());
  addEventListener('pageshow', (event) => { if (event.persisted) sharing.start(); });
  document.addEventListener('visibilitychange', () => sharing.sight(document.hidden));
  if (document.hidden) sharing.sight(true);
}
