// @ts-check
// One event stream for all tabs of a browser: HTTP/1.1 allows six connections, so a seventh tab would starve.
import { Feed, browserWorld } from './feed.js';

/** @type {Set<MessagePort>} */
const ports = new Set();
const feed = new Feed(browserWorld(), (message) => {
  for (const port of ports) port.postMessage(message);
});

/** @type {any} */ (globalThis).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data === 'bye') {
      ports.delete(port);
      if (!ports.size) feed.stop();
      return;
    }
    ports.add(port);
    if (data === 'ask') { // Only whether anybody is here.
      port.postMessage({ kind: 'link', link: feed.link });
      return;
    }
    feed.start(); // Before telling the state: it must not say "signed out" to somebody who just signed in.
    for (const message of feed.state()) port.postMessage(message);
  };
};
