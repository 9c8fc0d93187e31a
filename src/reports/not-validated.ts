/** Where a version should not be trusted because nobody knows: segments that could not be judged, values it never learned from. */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { ReferenceProfile } from '../domain/reference-profile.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import { vocabularyOf } from '../features/encoder.ts';
import type { Manifest } from '../training/manifest.ts';

export interface NotValidated {
  readonly segments: readonly { readonly name: string; readonly rows: number; readonly positives: number | null; readonly why: string }[];
  readonly categories: readonly CategoryLimit[];
  readonly numbers: readonly NumberLimit[];
}

/** Values without a place of their own are all the same to the model. */
interface CategoryLimit {
  readonly feature: string;
  readonly known: number;
  /** Rows of training with another value, and with none. */
  readonly otherRows: number;
  readonly missingRows: number;
}

/** Outside `from` and `to` there were few rows to learn from (a tenth on each side), or none (`exact`). */
interface NumberLimit {
  readonly feature: string;
  readonly from: number;
  readonly to: number;
  readonly exact: boolean;
  readonly below: number | null;
  readonly above: number | null;
  readonly missingRows: number;
}

export interface ValidationSources {
  readonly manifest: Manifest;
  readonly evidence: Evidence;
  /** Of the snapshot, where one was stored. */
  readonly profile: Pick<SnapshotProfile, 'columns'> | null;
}

export function notValidated({ manifest, evidence, profile }: ValidationSources): NotValidated {
  return {
    segments: unvalidatedSegments(evidence),
    categories: categoryLimits(manifest),
    numbers: numberLimits(manifest.referenceProfile, profile),
  };
}

function unvalidatedSegments({ segments }: Evidence): NotValidated['segments'] {
  const why = ({ tooSmall, verdict }: Comparison) =>
    tooSmall ? 'too few cases to judge' : verdict.kind === 'fail' ? 'worse than was agreed' : 'nothing certain can be said';
  return segments
    .filter(({ tooSmall, verdict }) => tooSmall || verdict.kind !== 'pass')
    .map((segment) => ({ name: segment.name, rows: segment.rows, positives: segment.positives, why: why(segment) }));
}

function categoryLimits({ encoder, referenceProfile }: Manifest): readonly CategoryLimit[] {
  const vocabulary = vocabularyOf(encoder);
  return referenceProfile.features.flatMap(({ feature, histogram }) => {
    const known = vocabulary.get(feature);
    if (histogram.kind !== 'category' || known === undefined) return [];
    const beyond = histogram.counts.filter(({ value }) => !known.has(value)).reduce((sum, { count }) => sum + count, 0);
    return [{ feature, known: known.size, otherRows: beyond + histogram.other, missingRows: histogram.nulls }];
  });
}

function numberLimits({ features }: ReferenceProfile, profile: ValidationSources['profile']): readonly NumberLimit[] {
  return features.flatMap(({ feature, histogram }): NumberLimit[] => {
    if (histogram.kind !== 'number') return [];
    const numbers = profile?.columns.find(({ name }) => name === feature)?.numbers;
    if (numbers) {
      return [{ feature, from: numbers.minimum, to: numbers.maximum, exact: true, below: null, above: null, missingRows: histogram.nulls }];
    }
    const [from, to] = [histogram.edges[0], histogram.edges.at(-1)];
    if (from === undefined || to === undefined) return [];
    const [below, above] = [histogram.counts[0] ?? 0, histogram.counts.at(-1) ?? 0];
    return [{ feature, from, to, exact: false, below, above, missingRows: histogram.nulls }];
  });
}
