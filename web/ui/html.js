// @ts-check
// Preact and htm in one place, so that pages import one module.
import { h, htm } from './vendor/preact-htm.js';

export const html = htm.bind(h);
export { Component, Fragment, render, useEffect, useMemo, useRef, useState } from './vendor/preact-htm.js';
