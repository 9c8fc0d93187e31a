/**
 * The one sequential test of the judge: a one-sided e-value over (estimate, standard error), mixing the possible harms by a
 * half-normal with standard deviation tau. It may be looked at as often as one likes; the probability that it ever exceeds
 * 1/alpha without harm is at most alpha (Howard et al. 2021, one-sided normal mixture; Waudby-Smith et al. 2024 for estimated
 * variances). k = (tau / standard error)^2, z = estimate / standard error.
 */
import { logNormalCdf } from './normal.ts';

/** tau as a part of the harm to be found: costs less than 0.3 % more rows than the best one at any alpha. */
const TUNING = 0.7;

/** ln E of "the true value is above zero" at standardised distance z and information k. */
export function logE(z: number, k: number): number {
  const shrink = k / (1 + k);
  return Math.LN2 - 0.5 * Math.log1p(k) + 0.5 * z * z * shrink + logNormalCdf(z * Math.sqrt(shrink));
}

/** ln E that the true value of an estimate is above zero, tuned to find `harmToFind`. No spread and no distance is no evidence. */
export function logEvidence({ estimate, standardError }: Measured, harmToFind: number): number {
  if (standardError === 0) return estimate === 0 ? 0 : estimate > 0 ? Infinity : -Infinity;
  return logE(estimate / standardError, informationAt(standardError, harmToFind));
}

export interface Measured {
  readonly estimate: number;
  readonly standardError: number;
}

/** k at this standard error. */
function informationAt(standardError: number, harmToFind: number): number {
  return ((TUNING * harmToFind) / standardError) ** 2;
}

/** The z at which E reaches 1/alpha: estimate plus and minus this many standard errors is a confidence sequence. By bisection; E rises with z. */
export function boundary(alpha: number, k: number): number {
  const needed = -Math.log(alpha);
  let low = 0;
  let high = 2 * boundaryClosedForm(alpha, k) + 1;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (logE(middle, k) < needed) low = middle;
    else high = middle;
  }
  return high;
}

/** The boundary within 0.5 %, in closed form; plans are made with it. */
export function boundaryClosedForm(alpha: number, k: number): number {
  return Math.sqrt(2 * (1 + 1 / k) * Math.log(1 + Math.sqrt(1 + k) / (2 * alpha)));
}

/** The always-valid interval of an estimate, each side at `alpha`. Infinite while there is no information at all. */
export function alwaysValidInterval(
  { estimate, standardError }: Measured,
  harmToFind: number,
  alpha: number,
): { low: number; high: number } {
  if (standardError === 0) return { low: estimate, high: estimate };
  const reach = boundary(alpha, informationAt(standardError, harmToFind)) * standardError;
  return { low: estimate - reach, high: estimate + reach };
}
