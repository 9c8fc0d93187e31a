import { usualFormat } from '../domain/source-format.ts';
import type { SourceSpec, SplitSpec, TrainerSpec } from '../domain/spec.ts';
import type { WrittenSource, WrittenSplit } from './source-schema.ts';

/** Calibration takes a small part of what would be left for reference. */
const USUAL_CALIBRATION_SHARE = 0.05;

export function sourceOf({ format, comparisonSkipLines, decimal, ...source }: WrittenSource): SourceSpec {
  return {
    ...source,
    ...(decimal === ',' && { decimal }),
    format: format ?? usualFormat(source),
    comparisonSkipLines: comparisonSkipLines ?? source.skipLines,
  };
}

export function splitOf(
  { shares, ...split }: WrittenSplit,
  { hasTime, calibration }: { readonly hasTime: boolean; readonly calibration: TrainerSpec['calibration'] },
): SplitSpec {
  const usual = calibration === 'none' ? 0 : USUAL_CALIBRATION_SHARE;
  return { ...split, by: split.by ?? (hasTime ? 'time' : 'entity'), shares: { ...shares, calibration: shares.calibration ?? usual } };
}
