/** How well labels agree with scores that were fixed before they were known. */
import type { AgreementFigures } from '../domain/data-contract-report.ts';
import { aucWithError } from '../statistics/delong.ts';
import { flippedShare } from '../statistics/flipped-labels.ts';

/** Null where either class has fewer than two rows: then nothing is measured. */
export function labelAgreement(scores: ArrayLike<number>, labels: ArrayLike<number>): AgreementFigures | null {
  const ranked = aucWithError(scores, labels);
  const flipped = flippedShare(scores, labels);
  if (ranked === null || flipped === null) return null;
  let positives = 0;
  for (let row = 0; row < labels.length; row++) positives += labels[row]!;
  return {
    rows: labels.length,
    positives,
    auc: ranked.auc,
    aucError: ranked.standardError,
    flipped: flipped.share,
    flippedError: flipped.standardError,
  };
}
