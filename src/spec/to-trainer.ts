/** From a trainer as it was written to the domain's. */
import type { SearchSpec, Spec } from '../domain/spec.ts';
import { isOurTrainer, ruleOf } from '../domain/trainer-parameters.ts';
import type { WrittenSpec } from './schema.ts';

export const usualTrainer = {
  'binary-classification': 'logistic-regression',
  regression: 'linear-regression',
  uplift: 'logistic-regression',
} as const;

export function trainerOf({ trainer, task }: WrittenSpec): Spec['trainer'] {
  const name = trainer.name ?? usualTrainer[task];
  return { ...trainer, name, search: trainer.search && searchOf(name, trainer.search) };
}

function searchOf(trainer: string, { trials, ranges }: NonNullable<WrittenSpec['trainer']['search']>): SearchSpec {
  const isWhole = (parameter: string) => isOurTrainer(trainer) && ruleOf(trainer, parameter)?.whole === true;
  const entries = Object.entries(ranges).map(([name, range]) => [name, { ...range, whole: range.whole ?? isWhole(name) }] as const);
  return { trials, ranges: Object.fromEntries(entries) };
}
