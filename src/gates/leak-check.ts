import type { DataContractReport, FeaturePower, SegmentCheck } from '../domain/data-contract-report.ts';
import { inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { count, figure } from './wording.ts';

/**
 * One-sided, in 95 of 100: measured on 30 positives an honest feature of 0.77 reached 0.80 in every third snapshot. Leaks are far beyond,
 * or there are many rows.
 */
const BEYOND_CHANCE = 1.645;

/**
 * A feature that alone predicts too well has probably seen the outcome. Suspicion is not guilt: it stops until a person who knows
 * the feature waives it.
 */
export function judgeLeaks(
  power: readonly FeaturePower[],
  suspiciousAuc: number,
  { leakSigns = [], segments = [] }: Pick<DataContractReport, 'leakSigns' | 'segments'> = {},
): Verdict {
  if (power.length === 0) return inconclusive('no feature was held against the label alone, so a leak would not be seen');
  const unmeasured = power.filter(({ auc, rows }) => !Number.isFinite(auc) || rows === 0);
  const suspicious = power.filter((feature) => isSuspicious(feature, suspiciousAuc));
  const doubts = [
    ...suspicious.map(
      ({ feature, auc, rows }) =>
        `"${feature}" alone reaches AUC ${figure(auc, 3)} on ${count(rows)} rows, suspicious from ${figure(suspiciousAuc, 2)} (dataContract.suspiciousAuc): is it known before the outcome?`,
    ),
    ...power
      .filter((candidate) => candidate.knownAfterOutcome && !suspicious.includes(candidate))
      .map(
        ({ feature, auc }) =>
          `"${feature}" is a feature (AUC ${figure(auc, 3)} alone), and the spec says that it is known only after the outcome`,
      ),
    ...leakSigns.map(({ sentence }) => sentence),
    ...segments.flatMap((segment) => segmentDoubt(segment, suspiciousAuc)),
    ...power.flatMap(treatmentDoubt),
    ...unmeasured.map(({ feature }) => `how well "${feature}" alone predicts the label could not be measured`),
  ];
  if (doubts.length > 0) return inconclusive(...doubts);
  const best = power.reduce((strongest, candidate) => (candidate.auc > strongest.auc ? candidate : strongest));
  return pass(
    `no feature alone predicts too well: the best is "${best.feature}" with AUC ${figure(best.auc, 3)}, suspicious from ${figure(suspiciousAuc, 2)}`,
    ...power.flatMap((feature) => maybeByChance(feature, suspiciousAuc)),
  );
}

function isSuspicious({ auc, standardError = 0 }: { auc: number; standardError?: number }, suspiciousAuc: number): boolean {
  return auc - BEYOND_CHANCE * standardError >= suspiciousAuc;
}

function maybeByChance({ feature, auc, standardError = 0 }: FeaturePower, suspiciousAuc: number): string[] {
  if (auc < suspiciousAuc) return [];
  return [
    `"${feature}" alone reaches AUC ${figure(auc, 3)}, which so few rows of one class may show by chance (standard error ${figure(standardError, 3)}): is it known before the outcome?`,
  ];
}

/** Less is no harm to the estimate: guessed. */
const LEAST_IMBALANCE = 0.03;
/** Every feature of every snapshot is asked, so chance alone must hardly ever speak: 1 in 150,000 in either direction. */
const CHANCE = 4.5;

/** The two models of an uplift model learn from one arm each; where the arms were different people before, so will be the answers. */
function treatmentDoubt({ feature, treatment }: FeaturePower): string[] {
  if (!treatment) return [];
  const limit = 0.5 + Math.max(LEAST_IMBALANCE, CHANCE * treatment.standardError);
  if (!Number.isFinite(limit)) return [`whether "${feature}" tells who was treated could not be measured: both arms must be there`];
  if (treatment.auc < limit) return [];
  return [
    `"${feature}" tells who was treated (AUC ${figure(treatment.auc, 3)}, by chance at most ${figure(limit, 3)}): the treatment was not randomised, so the uplift cannot be told from the choice of people`,
  ];
}

/**
 * A segment made from the outcome makes every version look perfect, or hopeless, in it. Features are told of by themselves. And one
 * that no request brings guards nobody once a version is heard, which a team that calls it critical has not meant.
 */
function segmentDoubt(segment: SegmentCheck, suspiciousAuc: number): string[] {
  const { name, servedAs, critical } = segment;
  const unserved =
    critical && servedAs === 'unknown'
      ? [
          `the segment "${name}" is critical, and no request brings it, so that harm in it would not be seen live: name its column under inputs, or do not call it critical`,
        ]
      : [];
  return [...unserved, ...madeFromLabel(segment, suspiciousAuc)];
}

function madeFromLabel({ name, servedAs, auc, standardError = 0 }: SegmentCheck, suspiciousAuc: number): string[] {
  if (servedAs === 'feature' || auc === null || !isSuspicious({ auc, standardError }, suspiciousAuc)) return [];
  return [
    `the segment "${name}" alone tells the label (AUC ${figure(auc, 3)}, suspicious from ${figure(suspiciousAuc, 2)}): is it known before the outcome?`,
  ];
}
