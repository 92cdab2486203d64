// @ts-check
// What a malware scan of a backup came to, in words.

/** @type {Record<string, string>} */
const VERDICTS = { unscanned: 'Not scanned', partly_scanned: 'Scanned in part', clean: 'Scanned: nothing found', infected: 'Malware found' };

/** @param {any} backup @returns {string} */
export function scanWords(backup) {
  const parts = [VERDICTS[backup.verdict] ?? backup.verdict ?? VERDICTS.unscanned];
  if (backup.infected) parts.push(`${backup.infected.toLocaleString('en-GB')} files are left out`);
  if (backup.not_scanned) parts.push(`${backup.not_scanned.toLocaleString('en-GB')} not scanned`);
  if (backup.scan_note) parts.push(backup.scan_note);
  return parts.join(', ');
}
