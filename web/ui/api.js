// @ts-check
// Requests to the depot. Every failure becomes a Problem with what happened, what is safe and what to do next.

export class Problem extends Error {
  /** @param {{status?: number, code?: string, title?: string, detail?: string, safe?: string, next_action?: string}} fields */
  constructor(fields) {
    super(fields.title ?? 'The request failed.');
    this.status = fields.status ?? 0;
    this.code = fields.code ?? '';
    this.detail = fields.detail ?? '';
    this.safe = fields.safe ?? '';
    this.nextAction = fields.next_action ?? '';
  }
}

const UNREACHABLE = {
  title: 'The depot does not answer.', safe: 'Machines keep working without this page.',
  next_action: 'Check the network to the depot; this page tries again by itself.',
};

/** @param {Response} response */
async function problemFrom(response) {
  const fallback = { status: response.status, title: `The depot answered ${response.status}.`, next_action: 'Try again; if it stays, look at the depot’s log.' };
  try {
    const body = await response.json();
    return new Problem({ ...fallback, ...body, status: response.status });
  } catch {
    return new Problem(fallback);
  }
}

/** @param {string} path @param {RequestInit} init @returns {Promise<any>} */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(60_000), ...init });
  } catch {
    throw new Problem(UNREACHABLE);
  }
  if (!response.ok) throw await problemFrom(response);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    throw new Problem({ status: response.status, title: 'The depot’s answer could not be read.', next_action: 'Try again.' });
  }
}

/** @param {string} path */
export function get(path) {
  return request(path, { method: 'GET', headers: { Accept: 'application/json' } });
}

/** @param {string} path @param {unknown} body @param {Record<string, string>} [headers] */
export function post(path, body, headers = {}) {
  return request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-Resus': '1', ...headers },
    body: JSON.stringify(body),
  });
}

/** @param {string} path */
export function remove(path) {
  return request(path, { method: 'DELETE', headers: { 'Content-Type': 'application/json', 'X-Resus': '1' } });
}

export function signOut() {
  return remove('/api/v1/session');
}

/**
 * One batch of one action. The key makes a repeated click or a retried request harmless.
 * @param {{action: string, ids: string[], reason?: string, params?: object, confirm?: object, revision?: number}} batch
 */
export function sendBatch({ action, ids, reason = '', params = {}, confirm = {}, revision }) {
  /** @type {Record<string, string>} */
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`;
  return post('/api/v1/batches', { action, ids, expected_count: ids.length, reason, params, confirm }, headers);
}
