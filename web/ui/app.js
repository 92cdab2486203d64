// @ts-check
// Start of the pages: session, event stream, and which page stands at which address.
import { html, render, useEffect } from './html.js';
import { Problem, get, post } from './api.js';
import { startLive } from './live.js';
import { takeOverLinks, useLocation } from './router.js';
import { changed, store, useStore } from './store.js';
import { Empty, PageHead, ProblemBox } from './parts/basics.js';
import { Banner, Footer, Header, Toasts } from './parts/shell.js';
import { ApprovePage } from './pages/approve.js';
import { AuditPage } from './pages/audit.js';
import { EvidencePage } from './pages/evidence.js';
import { HelpPage } from './pages/help.js';
import { ImagesPage } from './pages/images.js';
import { JobsPage } from './pages/jobs.js';
import { MachinePage } from './pages/machine.js';
import { MachinesPage } from './pages/machines.js';
import { ReportsPage } from './pages/reports.js';
import { SettingsPage, applyTheme } from './pages/settings.js';
import { SignIn } from './pages/signin.js';
import { WallPage } from './pages/wall.js';

/** @type {[RegExp, string, (found: RegExpExecArray, query: URLSearchParams) => any][]} */
const ROUTES = [
  [/^\/$/, 'Machines', () => html`<${MachinesPage} />`],
  [/^\/m\/([^/]+)$/, 'Machine', (found) => html`<${MachinePage} id=${decodeURIComponent(found[1])} key=${found[1]} />`],
  [/^\/approve$/, 'Approve', (_found, query) => html`<${ApprovePage} query=${query} key=${query.toString()} />`],
  [/^\/evidence$/, 'Evidence', (_found, query) => html`<${EvidencePage} query=${query} />`],
  [/^\/images$/, 'Images and backups', () => html`<${ImagesPage} />`],
  [/^\/jobs$/, 'Jobs', () => html`<${JobsPage} />`],
  [/^\/reports$/, 'Reports', () => html`<${ReportsPage} />`],
  [/^\/audit$/, 'Audit', () => html`<${AuditPage} />`],
  [/^\/settings$/, 'Settings', () => html`<${SettingsPage} />`],
  [/^\/help\/([^/]+)$/, 'Help', (found) => html`<${HelpPage} code=${decodeURIComponent(found[1])} />`],
];

/** @param {string} path */
function routeFor(path) {
  for (const [pattern, name, page] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { name, page: (/** @type {URLSearchParams} */ query) => page(found, query) };
  }
  return { name: 'Not found', page: () => html`<${PageHead} title="Not found" /><${Empty} text="There is no page at this address."><a class="button" href="/">All machines</a></${Empty}>` };
}

/** @type {any} */
let startProblem = null;

/** Why a wall's link opened nothing. @type {any} */
let refused = null;

/** A wall's link carries its token behind the #, which no server ever logs. It leaves the address once the depot has judged it. */
async function enterWall() {
  const token = location.pathname === '/wall' ? location.hash.slice(1) : '';
  if (!token) return;
  try {
    await post('/api/v1/session', { token });
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error;
    refused = error;
  }
  history.replaceState(null, '', '/wall');
}

async function askSession() {
  try {
    await enterWall();
    store.session = await get('/api/v1/session');
    startProblem = null;
    refused = null;
    startLive();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) store.session = null;
    else {
      startProblem = error;
      setTimeout(askSession, 2_000 + Math.random() * 2_000);
    }
  }
  changed();
}

function App() {
  const { path, query } = useLocation();
  const session = useStore((s) => s.session);
  const state = useStore((s) => s.link.state);
  useStore((s) => (s.session === undefined ? s.ticks : -1));
  const route = routeFor(path);
  useEffect(() => {
    document.title = `${path === '/wall' ? 'Wall' : route.name} · Resus`;
  }, [path]);
  useEffect(() => {
    document.documentElement.dataset.link = state;
    if (state === 'live' && store.session === null) void askSession(); // Signed in from another tab.
  }, [state]);
  if (session === undefined) return html`<main class="starting">${startProblem ? html`<${ProblemBox} problem=${startProblem} />` : html`<p class="muted">Connecting to the depot…</p>`}</main>`;
  if (session === null) return html`<${SignIn} onSignedIn=${askSession} refused=${refused} />`;
  if (path === '/wall' || session.role === 'wall') return html`<${WallPage} />`;
  return html`<a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>To the content</a>
    <${Header} path=${path} /><${Banner} /><main id="main" tabindex="-1">${route.page(query)}</main><${Footer} /><${Toasts} />`;
}

applyTheme();
takeOverLinks();
const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
void askSession();
