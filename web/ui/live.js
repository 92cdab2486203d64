// @ts-check
// Connects this tab to the event stream: through the SharedWorker, or by a stream of its own.
import { Feed, browserWorld } from './feed.js';
import { receive } from './store.js';

/** A worker's address must pass a policy where Trusted Types are enforced; ours lets exactly one pass. */
function workerUrl() {
  const url = new URL('./worker.js', import.meta.url).href;
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return url;
  return types.createPolicy('resus-worker', { createScriptURL: () => url }).createScriptURL(url);
}

/** @type {(() => void)|null} */
let starter = null;

function ownFeed() {
  const feed = new Feed(browserWorld(), receive);
  return () => feed.start();
}

function sharedFeed() {
  const worker = new SharedWorker(workerUrl(), { type: 'module', name: 'resus-events' });
  let answered = false;
  worker.port.onmessage = ({ data }) => {
    answered = true;
    receive(data);
  };
  // A worker that cannot load must not leave the page without data.
  const fall = () => {
    if (!answered && starter === hello) {
      starter = ownFeed();
      starter();
    }
  };
  worker.onerror = fall;
  const hello = () => {
    worker.port.postMessage('hello');
    setTimeout(fall, 3_000);
  };
  addEventListener('pagehide', () => worker.port.postMessage('bye'));
  addEventListener('pageshow', (event) => { if (event.persisted) hello(); });
  return hello;
}

/** Starts, or starts again after signing in. Calling it twice is harmless. */
export function startLive() {
  if (!starter) {
    try {
      starter = typeof SharedWorker === 'function' ? sharedFeed() : ownFeed();
    } catch {
      starter = ownFeed();
    }
  }
  starter();
}
