/** Somebody whom the application asks a score for, and what will happen to them. */
import type { InputSpec } from '../domain/feature-spec.ts';
import type { Spec } from '../domain/spec.ts';
import type { FeatureRow, FeatureValue } from '../features/columns.ts';
import { rawInputs } from '../features/raw-inputs.ts';

export interface Visit {
  readonly entity: string;
  /** Undefined where the source has no such column. */
  readonly valueOf: (input: Pick<InputSpec, 'name' | 'type'>) => FeatureValue | undefined;
  /** What comes of it: 1 or 0, or an amount. Where nobody is treated, or nobody knows what would have been, it is the same either way. */
  readonly outcome: (isTreated: boolean) => number;
  /** When the outcome is known, as a part of the longest delay. */
  readonly delay: number;
}

export interface InstanceToAsk {
  readonly entity: string;
  readonly features: FeatureRow;
}

/**
 * What an application can send when it asks: everything but what is known only afterwards. A model that wants that too is sent null
 * where null is legal, and nothing where it isn't. `withheld: 'left-out'` is for a gateway that doesn't know the newest spec yet.
 */
export function instanceOf(visit: Visit, spec: Spec, withheld: 'as-null' | 'left-out'): InstanceToAsk {
  const features: Record<string, FeatureValue> = {};
  for (const input of rawInputs(spec)) {
    if (isWithheld(input, spec)) {
      if (input.nullable && withheld === 'as-null') features[input.name] = null;
      continue;
    }
    const value = visit.valueOf(input);
    if (value !== undefined) features[input.name] = value;
  }
  return { entity: visit.entity, features };
}

export function withholdsAny(spec: Spec): boolean {
  return rawInputs(spec).some((input) => isWithheld(input, spec));
}

function isWithheld({ name }: { readonly name: string }, { knownAfterOutcome }: Spec): boolean {
  return knownAfterOutcome.includes(name);
}

/**
 * Whether the application treats somebody with this score, as the spec decides: from a score on. Without a decision an uplift model
 * says it by its sign. A share of the best cannot be known one by one, so nobody is treated then.
 */
export function isTreated(score: number, { task, decision }: Pick<Spec, 'task' | 'decision'>): boolean {
  if (task !== 'uplift') return false;
  if (decision === null) return score > 0;
  return decision.cutoff.kind === 'score' && score >= decision.cutoff.from;
}
