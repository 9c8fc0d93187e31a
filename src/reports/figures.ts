/** The figures of an evaluation as rows of a table. Nothing is computed here but what the gate's own rule says of one metric. */
import type { Comparison, Evidence, Interval } from '../domain/evidence.ts';
import type { VerdictKind } from '../domain/verdict.ts';

export interface FigureRow {
  readonly name: string;
  /** In one sentence, for readers who don't know the name. */
  readonly meaning: string;
  readonly challenger: number | null;
  readonly opponent: number | null;
  readonly gain: { readonly estimate: number; readonly interval: Interval } | null;
  /** Most the challenger may lose, in the unit of the gain. */
  readonly margin: number | null;
  readonly verdict: VerdictKind;
}

export function figureRows({ overall, gates, opponent: against }: Evidence): readonly FigureRow[] {
  const { challenger, opponent } = overall;
  // Over the simple baseline a first champion has to gain something; there is nothing it may lose.
  const margin = (agreed: number) => (against.kind === 'simple-baseline' ? 0 : agreed);
  // The margins of the losses are relative to the opponent's loss.
  const relative = (margin: number, loss: number | undefined) => (loss === undefined ? null : margin * loss);
  const rows = [
    {
      name: 'AUC',
      meaning: 'how often a person who acted is ranked above one who did not; higher is better, 0.5 is a coin',
      challenger: challenger?.auc ?? null,
      opponent: opponent?.auc ?? null,
      gain: overall.aucGain,
      margin: margin(gates.aucMargin),
    },
    {
      name: 'log loss',
      meaning: 'how far the predicted chances are from what happened, with confident mistakes punished hardest; lower is better',
      challenger: challenger?.logLoss ?? null,
      opponent: opponent?.logLoss ?? null,
      gain: overall.logLossGain,
      margin: relative(margin(gates.logLossMargin), opponent?.logLoss),
    },
    {
      name: 'Brier score',
      meaning: 'the mean squared distance between predicted chance and outcome; lower is better',
      challenger: challenger?.brier ?? null,
      opponent: opponent?.brier ?? null,
      gain: overall.brierGain,
      margin: relative(margin(gates.brierMargin), opponent?.brier),
    },
  ];
  return rows.map((row) => ({ ...row, verdict: verdictOf(row.gain?.interval ?? null, row.margin) }));
}

/** Wholly below the margin is a fail, wholly above it a pass, anything else (and nothing at all) is doubt. */
export function verdictOf(interval: Interval | null, margin: number | null): VerdictKind {
  if (interval === null || margin === null) return 'inconclusive';
  if (interval.high < -margin) return 'fail';
  return interval.low > -margin ? 'pass' : 'inconclusive';
}

/** Most AUC that may be lost: overall, and in a segment, which has fewer rows and so a wider margin. */
export function aucMargins({ gates, opponent }: Evidence): { readonly overall: number; readonly segment: number } {
  const overall = opponent.kind === 'simple-baseline' ? 0 : gates.aucMargin;
  return { overall, segment: overall * gates.segmentMarginFactor };
}

export function rate({ rows, positives }: Comparison): number | null {
  return rows === 0 ? null : positives / rows;
}
