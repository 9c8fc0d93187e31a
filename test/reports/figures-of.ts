/** Finds the figures of a page in stored JSON: what a page shows must be there, as the page's own rounding writes it. */
import { asWritten, day, decimal, duration, moment, percent } from '../../src/reports/words.ts';

/** What a reader sees: tables and sentences, the words and figures inside pictures, not the rulers along their axes. */
export function textOf(page: string): string {
  return page
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<g class="mark-text role-axis-label"[^>]*>[\s\S]*?<\/g>/g, ' ')
    .replace(/<(style|title)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('−', '-')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Figures of a text that stand neither in a string of the JSON nor, rounded by the page, among its numbers. */
export function figuresNotIn(text: string, stored: unknown): readonly string[] {
  const { numbers, strings } = leavesOf(stored);
  const known = new Set(numbers.flatMap(writings));
  return figuresOf(withoutNames(text, strings)).filter((figure) => !known.has(figure));
}

export function figuresOf(text: string): readonly string[] {
  return (text.match(/(?<![\w.@])[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w@])/g) ?? []).map((figure) => figure.replace(/^\+/, ''));
}

/** The level of every interval, and nothing else, is said by the page itself. */
function withoutNames(text: string, strings: readonly string[]): string {
  // A time by its day or minute, a digest by its beginning, a segment's reason without the segment's name.
  const names = strings.flatMap((name) =>
    /^\d{4}-\d\d-\d\dT/.test(name)
      ? [name, moment(name), day(name)]
      : [name, ...(/^[0-9a-f]{64}$/.test(name) ? [name.slice(0, 12)] : []), name.replace(/^.*?: /, '')],
  );
  const withDigits = [...new Set(names)].filter((name) => /\d/.test(name) && name.length > 1).sort((a, b) => b.length - a.length);
  const plain = (name: string) => name.replace(/\s+/g, ' ').replaceAll('−', '-');
  return [...withDigits, '95 %'].reduce((rest, name) => rest.replaceAll(plain(name), ' '), text);
}

function writings(value: number): readonly string[] {
  const texts = [decimal(value), percent(value), duration(value), asWritten(value)];
  return texts.map((text) => text.replaceAll('−', '-').replace(/ (%|ms|s)$/, ''));
}

export function leavesOf(value: unknown): { readonly numbers: readonly number[]; readonly strings: readonly string[] } {
  const numbers: number[] = [];
  const strings: string[] = [];
  const collect = (part: unknown): void => {
    if (typeof part === 'number') numbers.push(part);
    else if (typeof part === 'string') strings.push(part);
    else if (part !== null && typeof part === 'object') Object.values(part).forEach(collect);
  };
  collect(value);
  return { numbers, strings };
}

export type Path = readonly (string | number)[];

/** Where the numbers of an object are; of a list the first few items, which stand for the others. */
export function numberPaths(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === 'number') return [path];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value)
    .slice(0, Array.isArray(value) ? 3 : undefined)
    .flatMap(([key, item]) => numberPaths(item, [...path, Array.isArray(value) ? Number(key) : key]));
}

/** A copy in which the number at the path is another one. */
export function changedAt<Value>(value: Value, path: Path): Value {
  const [key, ...rest] = path;
  if (key === undefined)
    return (
      typeof value === 'number' ? (Number.isInteger(value) ? value + 1 + Math.round(Math.abs(value) / 10) : value * 1.07 + 0.013) : value
    ) as Value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  copy[key] = changedAt(copy[key], rest);
  return copy as Value;
}
