/** How a request writes a time. A text without a zone would be read differently by whoever reads it, so it is none. */

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;
/** What JavaScript calls a time: 100 million days around 1970. */
const LARGEST_MS = 8.64e15;

export const timeExpected = 'a time in ISO 8601 with its zone (2026-11-21T10:00:00Z), or milliseconds since 1970';

/** Whole milliseconds since 1970, as the snapshot has them; NaN for what is no time. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return Math.abs(value) <= LARGEST_MS ? Math.floor(value) : Number.NaN;
  if (typeof value !== 'string') return Number.NaN;
  const text = value.trim();
  if (!INSTANT.test(text)) return Number.NaN;
  const ms = Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return isRealDay(text) ? ms : Number.NaN;
}

/** JavaScript reads 30 February as 2 March. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
