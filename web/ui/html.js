// @ts-check
// Preact and htm in one place, so that pages import one module.
import { Component, Fragment, h, render } from './vendor/preact/index.js';
import htm from './vendor/htm/index.mjs';

export const html = htm.bind(h);
export { Component, Fragment, render };
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/preact/hooks.js';
