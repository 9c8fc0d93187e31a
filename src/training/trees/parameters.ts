import type { ParametersOf } from '../../domain/trainer-parameters.ts';

/** What each of them does is said where they are checked. */
export type Parameters = ParametersOf<'gradient-boosted-trees'>;
