// @ts-check
import { html } from '../html.js';
import { Icon } from '../icons.js';
import { PageHead, ProblemBox, useFetched } from '../parts/basics.js';

/** @param {{code: string}} props */
export function HelpPage({ code }) {
  const { data, problem } = useFetched(`/api/v1/help/${encodeURIComponent(code)}`);
  return html`<div class="narrow"><${PageHead} title=${code} note="What this code means" />
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${data && html`<div class="card help"><h2><${Icon} name="info" /> What happened</h2><p>${data.what_happened}</p>
      <h2 class="tone-ready"><${Icon} name="tick" /> What is safe</h2><p>${data.safe}</p>
      <h2 class="tone-running"><${Icon} name="play" /> What to do next</h2><p class="next">${data.next_action}</p></div>`}
    ${!data && !problem && html`<p class="muted">Loading…</p>`}
    <p><a class="button" href="/">All machines</a></p></div>`;
}
