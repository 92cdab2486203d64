// @ts-check
import { html, useState } from '../html.js';
import { Icon } from '../icons.js';
import { post } from '../api.js';
import { ProblemBox } from '../parts/basics.js';

/** @param {{onSignedIn: () => Promise<void>, refused?: any}} props refused: why another way in was closed */
export function SignIn({ onSignedIn, refused = null }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {any} */ (refused));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await post('/api/v1/session', { user, password });
      setPassword('');
      await onSignedIn();
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return html`<main class="signin"><form onSubmit=${submit}>
    <h1><${Icon} name="pulse" size=${28} /> Resus</h1><p class="muted">Recovery of infected machines. Sign in to the depot.</p>
    <label class="field"><span>Name</span><input name="user" autocomplete="username" required value=${user} onInput=${(/** @type {any} */ event) => setUser(event.target.value)} /></label>
    <label class="field"><span>Password</span><input name="password" type="password" autocomplete="current-password" required value=${password} onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} /></label>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <button class="primary wide" disabled=${busy || !user || !password}>${busy ? 'Signing in…' : 'Sign in'}</button></form></main>`;
}
