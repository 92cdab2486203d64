// @ts-check
// Single keys on the machine list. They can be switched off, and never act while somebody types.
import { useEffect, useRef } from '../html.js';

const KEY = 'resus-keys';

export function keysOn() {
  return localStorage.getItem(KEY) !== 'off';
}

/** @param {boolean} on */
export function setKeysOn(on) {
  if (on) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, 'off');
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  return target instanceof HTMLElement && Boolean(target.closest('input:not([type=checkbox]), textarea, select, dialog'));
}

/** @param {Record<string, () => void>} keys what each key does */
export function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listener = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (event.key !== 'Escape' && (!keysOn() || isTyping(event.target))) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}
