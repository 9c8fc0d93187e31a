/**
 * What a row must bring before anything is derived from it: features that are columns, aggregates of events (which a snapshot holds
 * and a request may leave to the online values), and the inputs that derived features are made of. Without derivations these are
 * the features.
 */
import type { FeatureSpec, InputSpec } from '../domain/feature-spec.ts';
import type { Aggregate } from './aggregates.ts';

export interface EncoderInput {
  readonly name: string;
  readonly type: InputSpec['type'];
  readonly nullable: boolean;
  /** An aggregate of events, which a request may leave out: the online values have it. */
  readonly online?: Aggregate;
}

export interface Described {
  readonly inputs: readonly InputSpec[];
  readonly features: readonly FeatureSpec[];
}

export function rawInputs({ inputs, features }: Described): EncoderInput[] {
  return [...features.filter(isRead).map(inputOf), ...inputs.map(({ name, type, nullable }) => ({ name, type, nullable }))];
}

/** A feature that is read from a row, not made of others. */
export function isRead({ derive }: Pick<FeatureSpec, 'derive'>): boolean {
  return derive === null || derive.kind === 'aggregate';
}

function inputOf({ name, type, nullable, derive }: FeatureSpec): EncoderInput {
  return derive?.kind === 'aggregate' ? { name, type, nullable, online: derive } : { name, type, nullable };
}
