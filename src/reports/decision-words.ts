/** What is done with a score, in sentences: the page, the card and the terminal say the same. */
import type { ActedUpon, Evidence } from '../domain/evidence.ts';
import { count, decimal, percent } from './words.ts';

/** What is done with a score, and with how many that is. */
export function whatIsDone({
  decision,
  actedUpon,
  challenger,
  opponent,
}: Pick<Evidence, 'decision' | 'actedUpon' | 'challenger' | 'opponent'>): string {
  if (decision === null) return '';
  const rule =
    decision.cutoff.kind === 'score'
      ? `Where a decision is needed, scores from ${decimal(decision.cutoff.from)} on are acted upon.`
      : `Where a decision is needed, the best-ranked ${percent(decision.cutoff.share)} are acted upon.`;
  if (!actedUpon) return rule;
  const other = opponent.kind === 'champion' && actedUpon.opponent ? [actedUponBy(opponent.version, actedUpon.opponent)] : [];
  return [rule, actedUponBy(challenger, actedUpon.challenger), ...other].join(' ');
}

/** On how many, which a share alone does not say where scores are equal. */
function actedUponBy(version: string, { rows, share, byLot }: ActedUpon): string {
  const acts = `${version} acts on ${count(rows)} (${percent(share)})`;
  if (byLot === null) return `${acts}.`;
  return `${acts}: the last ${count(byLot.taken)} of them are drawn by lot among ${count(byLot.among)} cases of equal score, and figures are what that gives on average.`;
}
