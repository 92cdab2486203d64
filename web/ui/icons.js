// @ts-check
// Inline icons on a 16 × 16 grid, drawn in the colour of the text beside them.
import { html } from './html.js';

/** @type {Record<string, any>} */
const SHAPES = {
  play: html`<path d="M4 2.5v11l9.5-5.5z" />`,
  tick: html`<path class="stroke" d="M2.5 8.5l3.7 3.8 7.3-8.3" />`,
  diamond: html`<path d="M8 1l7 7-7 7-7-7z" />`,
  triangle: html`<path fill-rule="evenodd" d="M8 1.2l7.3 13.3H.7zM7.2 6v4h1.6V6zm0 5.2v1.6h1.6v-1.6z" />`,
  bars: html`<path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" />`,
  hand: html`<path class="stroke" d="M4.2 9V4.6a1 1 0 012 0V8 2.9a1 1 0 012 0V8 3.4a1 1 0 012 0V8.4 5.2a1 1 0 012 0v4.6c0 3-1.8 4.7-4.3 4.7-2 0-3-.9-4-2.6L2.3 9.6c-.7-1.3 1-2 1.9-.6z" />`,
  broken: html`<path class="stroke" d="M6.5 9.5l-2.3 2.3a2.4 2.4 0 01-3.4-3.4M9.5 6.5l2.3-2.3a2.4 2.4 0 013.4 3.4M5 2.5L4.5 1M2.5 5L1 4.5M11 13.5l.5 1.5M13.5 11l1.5.5" />`,
  search: html`<path class="stroke" d="M7 2a5 5 0 100 10A5 5 0 007 2zm3.7 8.7L14.5 14.5" />`,
  close: html`<path class="stroke" d="M3 3l10 10M13 3L3 13" />`,
  menu: html`<path class="stroke" d="M2 4h12M2 8h12M2 12h12" />`,
  locate: html`<path class="stroke" d="M8 3a5 5 0 100 10A5 5 0 008 3zM8 .5v3M8 12.5v3M.5 8h3M12.5 8h3" />`,
  info: html`<path fill-rule="evenodd" d="M8 1a7 7 0 100 14A7 7 0 008 1zm-.9 3h1.8v1.8H7.1zm0 3h1.8v5H7.1z" />`,
  pulse: html`<path class="stroke" d="M.8 8.5h3.4l2-5.5 3.2 10.5 2-5h3.8" />`,
};

/** @param {{name: string, size?: number, class?: string}} props decorative: the word beside it says the same */
export function Icon({ name, size = 16, class: extra = '' }) {
  return html`<svg class=${`icon ${extra}`} width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    ${SHAPES[name]}</svg>`;
}
