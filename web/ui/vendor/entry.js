// What the pages use of Preact and htm; scripts/vendor-ui joins it into preact-htm.js.
export { Component, Fragment, h, render } from 'preact';
export { useEffect, useMemo, useRef, useState } from 'preact/hooks';
export { default as htm } from 'htm';
