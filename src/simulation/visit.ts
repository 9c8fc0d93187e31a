/** Somebody whom the application asks a score for, and what will happen to them. */
import type { FeatureSpec, Spec } from '../domain/spec.ts';
import type { FeatureRow, FeatureValue } from '../features/columns.ts';

export interface Visit {
  readonly entity: string;
  /** Undefined where the source has no such column. */
  readonly valueOf: (feature: FeatureSpec) => FeatureValue | undefined;
  readonly happened: boolean;
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
  for (const feature of spec.features) {
    if (isWithheld(feature, spec)) {
      if (feature.nullable && withheld === 'as-null') features[feature.name] = null;
      continue;
    }
    const value = visit.valueOf(feature);
    if (value !== undefined) features[feature.name] = value;
  }
  return { entity: visit.entity, features };
}

export function withholdsAny(spec: Spec): boolean {
  return spec.features.some((feature) => isWithheld(feature, spec));
}

function isWithheld({ name }: FeatureSpec, { knownAfterOutcome }: Spec): boolean {
  return knownAfterOutcome.includes(name);
}
