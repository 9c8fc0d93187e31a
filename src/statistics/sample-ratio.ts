/**
 * Whether entities arrive in the arms in the planned shares (Lindon & Malek 2022, a Dirichlet-multinomial Bayes factor). May be
 * looked at any number of times. A mismatch means that assignment or logging is broken, and then nothing else can be believed.
 */
import { logGamma } from './log-gamma.ts';

/** How closely the prior holds to the planned shares. */
const CONCENTRATION = 1_000;

/** ln of the Bayes factor against the planned shares. */
export function logSampleRatioFactor(counts: readonly number[], shares: readonly number[], concentration = CONCENTRATION): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const arms = counts.map((count, arm) => {
    const prior = concentration * shares[arm]!;
    return logGamma(prior + count) - logGamma(prior) - count * Math.log(shares[arm]!);
  });
  return arms.reduce((sum, arm) => sum + arm, logGamma(concentration) - logGamma(concentration + total));
}

/** An always-valid p-value: below 0.001 the shares are not the planned ones. */
export function sampleRatioP(counts: readonly number[], shares: readonly number[]): number {
  return Math.min(1, Math.exp(-logSampleRatioFactor(counts, shares)));
}
