// @ts-check
// Numbers and times as people read them. Decimal units, as on disk labels and network gear.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
export const NONE = '–';

/** @param {number|null|undefined} value bytes */
export function bytes(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  let amount = value;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.5 ? 0 : amount >= 9.95 ? 1 : 2;
  return `${amount.toFixed(digits).replace(/\.0+$/, '')} ${UNITS[unit]}`;
}

/** @param {number|null|undefined} bps bytes a second; the unit stands in the column head */
export function megabytesPerSecond(bps) {
  if (!bps || bps <= 0) return NONE;
  const amount = bps / 1e6;
  return amount >= 10 ? amount.toFixed(0) : amount.toFixed(1);
}

/** @param {number|null|undefined} bps bytes a second, shown as network gear does */
export function lineRate(bps) {
  const bits = (bps ?? 0) * 8;
  if (bits >= 1e9) return `${(bits / 1e9).toFixed(1)} Gb/s`;
  return `${(bits / 1e6).toFixed(bits >= 1e7 || bits === 0 ? 0 : 1)} Mb/s`;
}

/** @param {number|null|undefined} seconds "2 h 04", "35 min", "12 s" */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.round(hours / 24)} days`;
}

/** A range of time left, never a single false figure. @param {number|null|undefined} lo @param {number|null|undefined} hi */
export function range(lo, hi) {
  if (lo === null || lo === undefined || hi === null || hi === undefined) return NONE;
  if (hi < 60) return 'under 1 min';
  if (hi < 5400) {
    const from = Math.max(1, Math.floor(lo / 60));
    const to = Math.max(from + 1, Math.ceil(hi / 60));
    return `${from}–${to} min`;
  }
  return `${duration(lo)} – ${duration(hi)}`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false });
const CLOCK_SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
});
const DAY = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' });

/** @param {string|number|null|undefined} value @returns {Date|null} */
export function parseTime(value) {
  if (value === null || value === undefined || value === '' || value === 0) return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** @param {string|number|null|undefined} value "23:14" */
export function clock(value) {
  const date = parseTime(value);
  return date ? CLOCK.format(date) : NONE;
}

/** @param {string|number|null|undefined} value "23:14:05", with the day when it is not today */
export function moment(value) {
  const date = parseTime(value);
  if (!date) return NONE;
  const day = DAY.format(date);
  return day === DAY.format(new Date()) ? CLOCK_SECONDS.format(date) : `${day} ${CLOCK_SECONDS.format(date)}`;
}

/** "23:40", or "23:40–23:55"; empty without times. @param {string|null|undefined} lo @param {string|null|undefined} hi */
export function clockRange(lo, hi) {
  if (!parseTime(lo) || !parseTime(hi)) return '';
  return clock(lo) === clock(hi) ? clock(lo) : `${clock(lo)}–${clock(hi)}`;
}

/** @param {string|null|undefined} from @param {string|null|undefined} to */
export function secondsBetween(from, to) {
  const start = parseTime(from);
  const end = parseTime(to);
  return start && end ? (end.getTime() - start.getTime()) / 1000 : null;
}

/** @param {number} done @param {number} total whole per cent, 100 only when everything is there */
export function percent(done, total) {
  if (!total || total <= 0) return null;
  return done >= total ? 100 : Math.min(99, Math.floor((done / total) * 100));
}

/** Six characters in two groups: easier to compare across a room. @param {string|null|undefined} code */
export function shortCode(code) {
  if (!code) return NONE;
  return code.length === 6 ? `${code.slice(0, 3)} ${code.slice(3)}` : code;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}
