// The files of the interface as a depot serves them.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const UI = join(dirname(fileURLToPath(import.meta.url)), '../../web/ui');

/** Without the lines that only explain and the types within a line, as web/embed_ui.cmake leaves them behind. @param {string} file */
export function served(file) {
  const name = relative(UI, file);
  if (!name.endsWith('.js') || name.startsWith('vendor/')) return readFileSync(file);
  let text = `\n${readFileSync(file, 'utf8')}`.replace(/\n[ \t]*\/\/[^\n]*/g, '');
  for (let time = 0; time < 2; time += 1) text = text.replace(/\n[ \t]*\/\*\*([^*]|\*+[^*/])*\*+\/\n/g, '\n');
  text = text.replace(/\/\*\* @type [^*]*\*\/ ?/g, '');
  return Buffer.from(text.slice(1));
}
