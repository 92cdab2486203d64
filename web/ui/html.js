// @ts-check
// Preact and htm in one place, so that pages import one module; the hooks with their types.
import * as preact from './vendor/preact-htm.js';

export const html = preact.htm.bind(preact.h);
export { Component, Fragment, render, useEffect } from './vendor/preact-htm.js';
/** @type {<T>(initial: T | (() => T)) => [T, (next: T | ((old: T) => T)) => void]} */
export const useState = preact.useState;
/** @type {<T>(make: () => T, needs: any[]) => T} */
export const useMemo = preact.useMemo;
/** @type {<T>(initial: T) => {current: T}} */
export const useRef = preact.useRef;
