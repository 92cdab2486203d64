// @ts-check
// Who may sign in: on the settings page, for admins.
import { html, useEffect, useState } from '../html.js';
import { get, post, remove } from '../api.js';
import { ProblemBox } from './basics.js';

const LEAST_PASSWORD = 12;
const ROLES = { viewer: 'looks', technician: 'approves, holds', supervisor: 'releases, sets the plan', admin: 'everything', wall: 'a screen, no password' };
const NOBODY = { name: '', role: 'technician', password: '' };

export function Access() {
  const [all, setAll] = useState(/** @type {any[]} */ ([]));
  const [form, setForm] = useState(NOBODY);
  const [leaving, setLeaving] = useState('');
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const act = async (/** @type {() => Promise<any>} */ change) => {
    setLeaving('');
    setProblem(null);
    try {
      await change();
      setAll((await get('/api/v1/operators')).operators);
    } catch (error) {
      setProblem(error);
    }
  };
  useEffect(() => { void act(async () => {}); }, []);
  const { name, role, password } = form;
  const wall = role === 'wall';
  const add = async () => {
    setMade(await post('/api/v1/operators', wall ? { name, role } : form));
    setForm(NOBODY);
  };
  const typed = (/** @type {string} */ key) => (/** @type {any} */ event) => setForm({ ...form, [key]: event.target.value });
  return html`<section class="card access"><h2>Who may sign in</h2>
    <ul>${all.map((one) => html`<li key=${one.name}><span><strong>${one.name}</strong> <span class="muted">${one.role}</span></span>
      ${leaving === one.name ? html`<span class="buttons"><button class="danger" onClick=${() => act(() => remove(`/api/v1/operators/${one.name}`))}>Remove ${one.name}: ends its sessions</button><button onClick=${() => setLeaving('')}>Keep</button></span>`
      : html`<button aria-label=${`Remove ${one.name}`} onClick=${() => setLeaving(one.name)}>Remove…</button>`}</li>`)}</ul>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <form onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void act(add); }}>
    <label class="field"><span>Name</span><input name="operator" autocomplete="off" value=${name} onInput=${typed('name')} /></label>
    <label class="field"><span>Role</span><select name="role" value=${role} onChange=${typed('role')}>${Object.entries(ROLES).map(([id, text]) => html`<option value=${id}>${id}: ${text}</option>`)}</select></label>
    ${!wall && html`<label class="field"><span>Password, at least ${LEAST_PASSWORD} characters</span><input name="new-password" type="password" autocomplete="new-password" value=${password} onInput=${typed('password')} /></label>`}
    <button class="primary" disabled=${!name || (!wall && password.length < LEAST_PASSWORD)}>Let in</button>
    ${made?.token && html`<p role="status">Open this on the screen ${made.name}. It is shown only now; whoever has it can watch. <code>${`${location.origin}/wall#${made.token}`}</code></p>`}</form></section>`;
}
