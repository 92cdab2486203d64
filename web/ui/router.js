// @ts-check
// Addresses of pages. Links stay ordinary links; a click inside the pages does not load anew.
import { useEffect, useState } from './html.js';

/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {string} href */
export function navigate(href) {
  history.pushState(null, '', href);
  scrollTo(0, 0);
  for (const listener of listeners) listener();
}

/** @returns {{path: string, query: URLSearchParams}} */
export function useLocation() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((n) => n + 1);
    listeners.add(listener);
    addEventListener('popstate', listener);
    return () => {
      listeners.delete(listener);
      removeEventListener('popstate', listener);
    };
  }, []);
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Takes over plain clicks on links to our pages. Downloads, new tabs and the API stay with the browser. */
export function takeOverLinks() {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest?.('a[href]');
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.pathname.startsWith('/api/') || link.pathname.startsWith('/ui/')) return;
    event.preventDefault();
    navigate(link.href);
  });
}
