/** The two durations a team asks for before it starts a rollout. Both follow from the spec alone; traffic can only make them longer. */
import type { Spec } from '../domain/spec.ts';
import { primaryOutcome } from './decision-contract.ts';

/** A gateway that cannot hear the rollback drops the challenger by itself when its lease ends. */
const LONGEST_ROUTE_REFRESH_MS = 10_000;

/**
 * Least time from approval to promotion: the shadow, the first step and the other steps, each at least as long as its duration. Where outcomes are asked
 * for, the shadow and the first step also last until the first of them have matured; later steps find matured ones from before.
 */
export function leastTimeToPromoteMs(spec: Spec): number {
  const { shadow, step, steps } = spec.rollout;
  const laterSteps = Math.max(steps.length - 1, 0) * step.durationMs;
  return Math.max(shadow.durationMs, waitsForOutcomes(shadow) ? spec.label.maturityMs : 0) + firstStepMs(spec) + laterSteps;
}

/**
 * Longest time that a challenger whose harm shows in the evidence of one step is heard: that step, one look, and the route's refresh.
 * Harm too small to be shown is doubt, which waits for `longestStep` and then for a person.
 */
export function longestHarmMs(spec: Spec): number {
  return firstStepMs(spec) + spec.rollout.lookEveryMs + LONGEST_ROUTE_REFRESH_MS;
}

function firstStepMs(spec: Spec): number {
  const maturity = Math.max(spec.label.maturityMs, primaryOutcome(spec).maturityMs);
  return Math.max(spec.rollout.step.durationMs, waitsForOutcomes(spec.rollout.step) ? maturity : 0);
}

function waitsForOutcomes({ maturedOutcomes }: { readonly maturedOutcomes: number | 'planned' }): boolean {
  return maturedOutcomes !== 0;
}
