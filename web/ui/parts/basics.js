// @ts-check
// Small pieces that every page uses.
import { useEffect, useRef, useState, html } from '../html.js';
import { Icon } from '../icons.js';
import { get } from '../api.js';
import { NONE } from '../format.js';
import { STAGES, STAGE_TITLES, activeStage, finishing } from '../model.js';

/** @param {{status: import('../model.js').Status}} props icon + word + colour, never colour alone */
export function StatusWord({ status }) {
  return html`<span class=${`status tone-${status.tone}`}><${Icon} name=${status.icon} /><span>${status.word}</span></span>`;
}

/** @type {Record<string, string>} */
const STAGE_STATES = { done: 'done', active: 'under way', todo: 'not yet', failed: 'failed' };

/** @param {{machine: import('../model.js').Machine, large?: boolean, percent?: number|null}} props */
export function StageStrip({ machine, large = false, percent = null }) {
  const stages = machine.stages ?? {};
  const active = activeStage(machine);
  const held = machine.condition !== 'ok' || machine.contact === 'lost';
  const text = STAGES.map((name) => `${STAGE_TITLES[name]}: ${STAGE_STATES[stages[name] ?? 'todo']}`).join(', ');
  return html`<div class=${`strip ${large ? 'large' : ''}`} role="img" aria-label=${text}>
    ${STAGES.map((name) => {
      const state = stages[name] ?? 'todo';
      const width = name === active ? (finishing(machine) ? 100 : percent ?? 0) : state === 'done' ? 100 : 0;
      return html`<span class=${`stage ${state} ${held && state === 'active' ? 'still' : ''}`} key=${name}>
        <span class="track"><span class="fill" style=${{ width: `${width}%` }}></span>
          ${state === 'done' && html`<${Icon} name="tick" size=${10} />`}
          ${state === 'failed' && html`<${Icon} name="triangle" size=${10} />`}</span>
        ${large && html`<span class="name">${STAGE_TITLES[name]}</span>`}</span>`;
    })}</div>`;
}

/** @param {{values: number[]}} props speed over the last seconds; decoration beside the figure */
export function Curve({ values }) {
  if (!values || values.length < 3) return html`<span class="curve"></span>`;
  const top = Math.max(...values, 1);
  const points = values.map((value, at) => `${((at / (values.length - 1)) * 46 + 1).toFixed(1)},${(15 - (value / top) * 13).toFixed(1)}`);
  return html`<svg class="curve" width="48" height="16" viewBox="0 0 48 16" aria-hidden="true" focusable="false"><polyline points=${points.join(' ')} /></svg>`;
}

/** @param {{problem: any}} props what happened, what is safe, what to do */
export function ProblemBox({ problem }) {
  return html`<div class="problem" role="alert"><${Icon} name="triangle" />
    <div><strong>${problem.message}</strong>
      ${problem.detail && problem.detail !== problem.message && html`<p>${problem.detail}</p>`}
      ${problem.safe && html`<p>${problem.safe}</p>`}
      ${problem.nextAction && html`<p class="next">${problem.nextAction}</p>`}
      ${problem.code && html`<p><a href=${`/help/${problem.code}`}>${problem.code}</a></p>`}</div></div>`;
}

/** @param {{text: string, children?: any}} props */
export function Empty({ text, children }) {
  return html`<div class="empty"><p>${text}</p>${children}</div>`;
}

/** @param {{title: string, note?: any, children?: any}} props page head */
export function PageHead({ title, note, children }) {
  return html`<div class="page-head"><div><h1>${title}</h1>${note && html`<p class="muted">${note}</p>`}</div>${children}</div>`;
}

/** @param {{rows: [string, any][]}} props */
export function Facts({ rows }) {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value || value === 0 ? value : NONE}</dd></div>`)}</dl>`;
}

/** A long hash: whole for copying and comparing, broken where it must. @param {{value?: string}} props */
export function Hash({ value }) {
  return value ? html`<code class="hash">${value}</code>` : NONE;
}

/**
 * Fetches a page's list and fetches again whenever `again` changes; keeps the old one meanwhile.
 * @param {string|null} path @param {any} [again] @returns {{data: any, problem: any, reload: () => void}}
 */
export function useFetched(path, again) {
  const [state, setState] = useState(/** @type {{data: any, problem: any, path: string|null}} */ ({ data: null, problem: null, path }));
  const [round, setRound] = useState(0);
  const last = useRef(0);
  useEffect(() => {
    if (!path) return undefined;
    let live = true;
    const wait = Math.max(0, last.current + 1_000 - Date.now());
    const timer = setTimeout(async () => {
      last.current = Date.now();
      try {
        const data = await get(path);
        if (live) setState({ data, problem: null, path });
      } catch (problem) {
        if (live) setState((old) => ({ data: old.path === path ? old.data : null, problem, path }));
      }
    }, wait);
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [path, again, round]);
  return { data: state.path === path ? state.data : null, problem: state.problem, reload: () => setRound((n) => n + 1) };
}

/** @param {string} query a media query @returns {boolean} */
export function useMedia(query) {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const listener = () => setMatches(list.matches);
    list.addEventListener('change', listener);
    listener();
    return () => list.removeEventListener('change', listener);
  }, [query]);
  return matches;
}

/** Redraws once every `ms`, for ages and clocks. @param {number} ms */
export function useBeat(ms) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
}
