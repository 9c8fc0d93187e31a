/** How verbs print: results to stdout, progress to stderr, colours only for a person, times in UTC, shares in percent. */
import picocolors from 'picocolors';
import type { VerdictKind } from '../domain/verdict.ts';
import type { CliContext } from './context.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

export function coloursFor({ isTTY, env }: CliContext): Colours {
  return picocolors.createColors(isTTY && !env.NO_COLOR && env.TERM !== 'dumb');
}

export function print(context: CliContext, text: string): void {
  context.stdout.write(`${text}\n`);
}

/** Progress: for whoever waits, and out of the way of pipes. */
export function tell(context: CliContext, text: string): void {
  context.stderr.write(`${text}\n`);
}

export function printJson(context: CliContext, value: unknown): void {
  print(context, JSON.stringify(value, null, 2));
}

/** Columns as wide as their widest cell; the last one is as long as it likes. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : padded(cell, widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function padded(cell: string, to: number): string {
  return cell + ' '.repeat(to - width(cell));
}

/** Colours take no room. */
function width(cell: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour is one
  return [...cell.replace(/\u001b\[\d+m/g, '')].length;
}

/** To the second: `2026-03-01T12:00:00Z`. */
export function seconds(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19)}Z`;
}

export function percent(share: number): string {
  return `${Number(share.toFixed(2))} %`;
}

export function short(digest: string): string {
  return digest.slice(0, 12);
}

export function inColourOf(colours: Colours, kind: VerdictKind): (text: string) => string {
  return { pass: colours.green, fail: colours.red, inconclusive: colours.yellow }[kind];
}
