/** Figures and verdicts as people read them. The same number is the same text on every machine. */
import type { Comparison, Evidence, Interval } from '../domain/evidence.ts';
import type { VerdictKind } from '../domain/verdict.ts';

const MINUS = '−';

/** A score or a loss, to four digits. */
export function decimal(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'unknown';
  return value.toFixed(4).replace('-', MINUS);
}

/** A difference: its sign is its message. */
export function signed(value: number): string {
  const text = decimal(value);
  return value > 0 ? `+${text}` : text;
}

export function interval({ low, high }: Interval): string {
  return `${signed(low)} to ${signed(high)}`;
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(share: number | null): string {
  return share === null ? 'unknown' : `${(100 * share).toFixed(1)} %`;
}

export function day(iso: string): string {
  return iso.slice(0, 10);
}

export const verdictWords: Readonly<Record<VerdictKind, string>> = { pass: 'passes', fail: 'fails', inconclusive: 'in doubt' };

export function opponentName({ opponent }: Evidence): string {
  return opponent.kind === 'champion' ? opponent.version : 'the simple baseline';
}

/** The whole page in one sentence. */
export function headline(evidence: Evidence): string {
  const { challenger, opponent, verdict } = evidence;
  const other =
    opponent.kind === 'champion' ? `the champion ${opponent.version}` : 'the simple baseline that gives everybody the same chance';
  switch (verdict.kind) {
    case 'pass':
      return opponent.kind === 'champion'
        ? `${challenger} is no worse than ${other}, within the margins that were agreed.`
        : `${challenger} is better than ${other}.`;
    case 'fail':
      return `${challenger} is worse than ${other} by more than was agreed.`;
    case 'inconclusive':
      return `It is not clear whether ${challenger} is good enough: the evidence against ${other} leaves a doubt.`;
  }
}

/** Beside the segment's name there is no need to say it again. */
export function reasonsBeside({ name, verdict }: Comparison): string {
  return verdict.reasons.map((reason) => (reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason)).join('; ');
}
