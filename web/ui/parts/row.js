// @ts-check
// One machine: as a table row at a desk, as a card on a phone. Redrawn only when that machine changed.
import { Component, html } from '../html.js';
import { Icon } from '../icons.js';
import { NONE, clockRange, duration, megabytesPerSecond, percent, range, secondsBetween } from '../format.js';
import { place, status, title } from '../model.js';
import { depotNow } from '../store.js';
import { Curve, StageStrip, StatusWord } from './basics.js';

/**
 * @typedef {import('../model.js').Machine} Machine
 * @typedef {{machine: Machine, at: number, top: number, selected: boolean, current: boolean, minute: number,
 *   onSelect: (id: string, range: boolean) => void, onMenu: (machine: Machine) => void}} RowProps
 */

/** When a machine that waits will begin, where anybody can tell. @param {Machine} machine */
function startsText(machine) {
  const times = clockRange(machine.queue?.starts_lo, machine.queue?.starts_hi);
  return times ? `starts ${times}` : NONE;
}

/** The figures of a row, or dashes where there is nothing true to say. @param {Machine} machine */
export function figures(machine) {
  const progress = machine.progress;
  const finished = machine.phase === 'ready' || machine.phase === 'collected';
  const state = status(machine, depotNow());
  const moving = state.group === 'running' && progress;
  const part = finished ? 100 : moving || state.group === 'attention' ? percent(progress?.done ?? 0, progress?.total ?? 0) : null;
  const took = finished ? secondsBetween(machine.started_at, machine.finished_at) : null;
  return {
    state,
    part,
    percentText: part === null ? NONE : String(part),
    rate: moving ? megabytesPerSecond(progress.bps) : NONE,
    left: took !== null ? `took ${duration(took)}` : moving ? range(progress.eta_lo, progress.eta_hi) : startsText(machine),
    basis: moving && progress.eta_hi && progress.basis ? `from ${progress.basis}` : '',
  };
}

class Redrawn extends Component {
  /** @param {RowProps} next */
  shouldComponentUpdate(next) {
    const now = /** @type {RowProps} */ (/** @type {any} */ (this).props);
    return next.machine !== now.machine || next.top !== now.top || next.selected !== now.selected
      || next.current !== now.current || next.minute !== now.minute;
  }
}

/** @param {{machine: Machine, onMenu: (machine: Machine) => void}} props */
function RowButton({ machine, onMenu }) {
  if (machine.actions?.includes('approve')) {
    return html`<a class="button approve" href=${`/approve?ids=${encodeURIComponent(machine.id)}`}>Approve<span class="sr"> ${place(machine)}</span></a>`;
  }
  return html`<button class="quiet" aria-haspopup="dialog" onClick=${() => onMenu(machine)}>Actions<span class="sr"> for ${place(machine)}</span></button>`;
}

export class Row extends Redrawn {
  /** @param {RowProps} props */
  render({ machine, at, top, selected, current, onSelect, onMenu }) {
    const { state, part, percentText, rate, left, basis } = figures(machine);
    const where = place(machine);
    return html`<div role="row" aria-rowindex=${at + 2} class=${`row ${current ? 'current' : ''} ${selected ? 'selected' : ''}`} style=${{ transform: `translateY(${top}px)` }} data-id=${machine.id}>
      <div role="cell" class="c-tick"><label class="tick"><input type="checkbox" checked=${selected} aria-label=${`Select ${where}`} onClick=${(/** @type {MouseEvent} */ event) => onSelect(machine.id, event.shiftKey)} /></label></div>
      <div role="cell" class="c-slot"><span class="slot">${where}</span></div>
      <div role="cell" class="c-name two"><a href=${`/m/${encodeURIComponent(machine.id)}`}>${title(machine)}</a><span class="muted">${machine.host ? machine.model || machine.id : machine.id}${machine.attempt > 1 ? ` · attempt ${machine.attempt}` : ''}</span></div>
      <div role="cell" class="c-status two"><${StatusWord} status=${state} /><span class="muted" title=${`${state.reason} ${state.next}`}>${machine.contact === 'quiet' ? 'Quiet for some seconds. ' : ''}${state.reason}</span></div>
      <div role="cell" class="c-strip"><${StageStrip} machine=${machine} percent=${part} /></div>
      <div role="cell" class="c-percent num">${percentText}</div>
      <div role="cell" class="c-rate num"><span>${rate}</span><${Curve} values=${rate === NONE ? [] : machine.history ?? []} /></div>
      <div role="cell" class="c-left two"><span>${left}</span><span class="muted">${basis}</span></div>
      <div role="cell" class="c-act"><${RowButton} machine=${machine} onMenu=${onMenu} /></div></div>`;
  }
}

export class Card extends Redrawn {
  /** @param {RowProps} props */
  render({ machine, at, top, selected, current, onSelect, onMenu }) {
    const { state, part, percentText, rate, left } = figures(machine);
    const where = place(machine);
    const line = [percentText === NONE ? '' : `${percentText} %`, rate === NONE ? '' : `${rate} MB/s`, left === NONE ? '' : left].filter(Boolean).join(' · ');
    return html`<div role="row" aria-rowindex=${at + 2} class=${`machine-card ${current ? 'current' : ''} ${selected ? 'selected' : ''}`} style=${{ transform: `translateY(${top}px)` }} data-id=${machine.id}>
      <div role="cell" class="line"><label class="tick"><input type="checkbox" checked=${selected} aria-label=${`Select ${where}`} onClick=${() => onSelect(machine.id, false)} /></label>
        <span class="slot">${where}</span><a href=${`/m/${encodeURIComponent(machine.id)}`}>${title(machine)}</a><${RowButton} machine=${machine} onMenu=${onMenu} /></div>
      <div role="cell" class="line"><${StatusWord} status=${state} /><span class="num muted">${line}</span></div>
      <div role="cell" class="reason muted">${state.reason}</div>
      <div role="cell"><${StageStrip} machine=${machine} percent=${part} /></div></div>`;
  }
}

/** @param {{machine: Machine}} props a machine that needs somebody: reason, next action and the actions themselves */
export function TroubleHead({ machine }) {
  const state = status(machine, depotNow());
  return html`<span class="slot">${place(machine)}</span><span class="what"><strong><a href=${`/m/${encodeURIComponent(machine.id)}`}>${title(machine)}</a></strong>
    <span class="word tone-attention"><${Icon} name="triangle" />${state.word}</span>
    <span>${state.reason} <span class="next">${state.next}</span>${machine.code ? html` <a class="code" href=${`/help/${machine.code}`}>${machine.code}</a>` : ''}</span></span>`;
}
