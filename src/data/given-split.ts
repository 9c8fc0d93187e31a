/** Purposes that the source itself gives to its rows: by a column, or by a second file. */
import type { Spec } from '../domain/spec.ts';
import { literal } from './duck.ts';
import type { Fault } from './fault.ts';

/** How sources write a purpose, in lower case. */
const written = {
  training: ['training', 'train'],
  validation: ['validation', 'valid', 'val'],
  calibration: ['calibration'],
  comparison: ['comparison', 'test'],
  reference: ['reference'],
} as const;

/** SQL; null for rows that are left to the shares of training, validation and calibration. */
export function givenPurpose({ split }: Spec, text: (column: string) => string): string {
  if (split.column === null) return "(case when part = 1 then 'comparison' end)";
  const value = `lower(${text(split.column)})`;
  const cases = Object.entries(written).map(
    ([purpose, texts]) => `when ${value} in (${texts.map(literal).join(', ')}) then ${literal(purpose)}`,
  );
  return `(case ${cases.join(' ')} end)`;
}

export function purposeFaults(spec: Spec, text: (column: string) => string): Fault[] {
  const { by, column } = spec.split;
  if (by !== 'given' || column === null) return [];
  const when = `${text(column)} is not null and ${givenPurpose(spec, text)} is null`;
  return [{ rule: 'split', column, expected: `a purpose: ${Object.keys(written).join(', ')}`, when }];
}
