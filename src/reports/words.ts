/** Figures and verdicts as people read them. The same number is the same text on every machine, in every time zone and language. */
import type { Comparison, Evidence, Interval, MetricFigure } from '../domain/evidence.ts';
import type { VerdictKind } from '../domain/verdict.ts';

const MINUS = '−';

/** A score, a loss, an amount: four digits after the point, fewer for large ones, two that count for tiny ones. */
export function decimal(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'unknown';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.0001 ? 4 : Math.min(12, 1 - Math.floor(Math.log10(size)));
  const [whole, fraction] = value.toFixed(digits).split('.') as [string, string | undefined];
  return (fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`).replace('-', MINUS);
}

/** A setting, as somebody wrote it. */
export function asWritten(value: number): string {
  const [whole, fraction] = String(value).split('.') as [string, string | undefined];
  return (fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`).replace('-', MINUS);
}

/** A difference: its sign is its message. */
export function signed(value: number | null): string {
  const text = decimal(value);
  return value !== null && value > 0 ? `+${text}` : text;
}

/** Of a figure. */
export function span({ low, high }: Interval): string {
  return `${decimal(low)} to ${decimal(high)}`;
}

/** Of a difference. */
export function interval({ low, high }: Interval): string {
  return `${signed(low)} to ${signed(high)}`;
}

export function count(value: number): string {
  return grouped(String(value));
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(share: number | null): string {
  return share === null || !Number.isFinite(share) ? 'unknown' : `${(100 * share).toFixed(1).replace('-', MINUS)} %`;
}

/** Tenths of a second below a minute, else whole seconds. */
export function duration(ms: number | null): string {
  if (ms === null) return 'unknown';
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${count(Math.round(ms / 1_000))} s`;
}

/** Ends with a stop, and has only one. Otherwise as it is stored, so that it is found there. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

export function day(iso: string): string {
  return iso.slice(0, 10);
}

/** To the minute, in UTC as everything that is stored. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export const verdictWords: Readonly<Record<VerdictKind, string>> = { pass: 'passes', fail: 'fails', inconclusive: 'in doubt' };

export function opponentName({ opponent }: Pick<Evidence, 'opponent'>): string {
  return opponent.kind === 'champion' ? opponent.version : 'the simple baseline';
}

/** The whole page in one sentence. */
export function headline(evidence: Evidence): string {
  const { challenger, opponent, verdict } = evidence;
  const other = opponent.kind === 'champion' ? `the champion ${opponent.version}` : `the simple baseline`;
  switch (verdict.kind) {
    case 'pass':
      return opponent.kind === 'champion'
        ? `${challenger} is no worse than ${other}, within the margins that were agreed.`
        : `${challenger} is better than ${other}.`;
    case 'fail':
      return failing(evidence, other);
    case 'inconclusive':
      return `It is not clear whether ${challenger} is good enough: the evidence against ${other} leaves a doubt.`;
  }
}

/** What turns a version down is not always the comparison: a golden case or an unfair gap does, too. */
function failing({ challenger, opponent, overall, segments, golden, fairness }: Evidence, other: string): string {
  const loses = [overall, ...segments.filter(({ critical }) => critical)].some(({ verdict }) => verdict.kind === 'fail');
  if (loses && opponent.kind === 'champion') return `${challenger} does not hold against ${other}: it loses more than was agreed.`;
  const others = [
    ...(golden.some(({ holds }) => !holds) ? ['a case that people know does not get the score they expect'] : []),
    ...(fairness.some(({ verdict }) => verdict.kind === 'fail') ? ['groups are treated too differently'] : []),
  ];
  return loses || others.length === 0
    ? `${challenger} does not hold against ${other}.`
    : `${challenger} is turned down: ${others.join(', and ')}.`;
}

/** Beside the segment's name there is no need to say it again. */
export function reasonsBeside({ name, verdict }: Comparison): string {
  return verdict.reasons.map((reason) => (reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason)).join('; ');
}

/** What the interval of a difference says by itself: better, worse, or nothing certain. */
export function direction({ gain }: MetricFigure): 'better' | 'worse' | 'even' | 'unknown' {
  if (gain === null || !Number.isFinite(gain.interval.low) || !Number.isFinite(gain.interval.high)) return 'unknown';
  if (gain.interval.low > 0) return 'better';
  return gain.interval.high < 0 ? 'worse' : 'even';
}
