import type { Evidence, SinceRelease } from '../domain/evidence.ts';
import type { GateSpec } from '../domain/spec.ts';
import { metricDigits, metricWords } from './metric-words.ts';
import { figure, listed } from './wording.ts';

/** Chance alone reaches this once in thirty thousand evaluations; there are up to three figures. */
const STANDARD_ERRORS = 4;
/** Usually called significant: with a shift like that the fall has its explanation, and is what a retraining is for. */
const SHIFTED = 0.1;

/**
 * A sharp fall of the champion on rows that look as they did: it has not changed, the rows have not, so the labels or their meaning
 * have. Null: there is none. `doubt`: nothing explains it, and a person should look; otherwise it is only said.
 */
export function fallOf(
  falls: readonly SinceRelease[],
  { features }: Evidence['shift'],
  gates: GateSpec,
): { sentence: string; doubt: boolean } | null {
  const sharp = falls.filter(
    (fall) => fall.worseBy > STANDARD_ERRORS && Math.abs(fall.released.estimate - fall.now.estimate) > allowed(fall, gates),
  );
  if (sharp.length === 0) return null;
  const figures = sharp.map(({ metric, released, now }) => {
    const words = (value: number) => figure(value, metricDigits(metric));
    return `${metricWords[metric]} ${words(now.estimate)} against ${words(released.estimate)}`;
  });
  const moved = features.filter(({ psi }) => psi >= SHIFTED).map(({ feature }) => feature);
  const fell = `the champion is much worse on these rows than at its release (${figures.join(', ')})`;
  if (moved.length > 0) return { sentence: `${fell}, and the rows have changed (${listed(moved.slice(0, 3))})`, doubt: false };
  return { sentence: `${fell}, and its features look as they did: the labels, or what they mean, have changed`, doubt: true };
}

function allowed({ metric, released }: SinceRelease, gates: GateSpec): number {
  if (metric === 'auc') return gates.aucMargin;
  const relative = metric === 'brier' ? gates.brierMargin : (gates.margins[metric] ?? gates.logLossMargin);
  return Math.abs(released.estimate) * relative;
}
