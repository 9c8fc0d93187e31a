/** An uplift model learns from an experiment: both arms must be there, in the proportion that was planned. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { TreatmentSpec } from '../../domain/spec.ts';
import type { Duck } from '../duck.ts';
import { counted, percent } from '../words.ts';

/**
 * Beyond what chance does once in some 16,000 snapshots (normal approximation), and by more than a person would shrug at: an
 * assignment that goes wrong for one in a hundred does not bend the uplift.
 */
const STANDARD_ERRORS = 4;
const LEAST_DIFFERENCE = 0.01;

export async function treatmentFindings(duck: Duck, { column, treated: text, share }: TreatmentSpec): Promise<DataContractFinding[]> {
  const [found] = await duck.all(
    'select count(*)::integer as rows, coalesce(sum(treated), 0)::integer as treated from snapshot where label is not null',
  );
  const [rows, treated] = [Number(found!.rows), Number(found!.treated)];
  if (rows === 0) return [];
  const about = { rule: 'label', column, checked: rows, samples: [], severity: 'stop' } as const;
  if (treated === 0 || treated === rows) {
    const limit = `rows that are ${JSON.stringify(text)} and rows that are not`;
    const sentence = `${column}: ${treated === 0 ? 'none' : 'all'} of ${counted(rows, 'labelled row')} were treated: expected ${limit}, since without both there is no effect to see`;
    return [{ ...about, bad: rows, limit, sentence }];
  }
  if (share === null || !isOff(treated / rows, share, rows)) return [];
  const limit = `${percent(share)} treated`;
  const sentence = `${column}: ${percent(treated / rows)} of ${counted(rows, 'labelled row')} were treated: expected ${limit}, as the experiment was designed; rows are missing from one arm, or the assignment is broken`;
  return [{ ...about, bad: Math.abs(treated - Math.round(share * rows)), limit, sentence }];
}

function isOff(found: number, planned: number, rows: number): boolean {
  const chance = STANDARD_ERRORS * Math.sqrt((planned * (1 - planned)) / rows);
  return Math.abs(found - planned) > Math.max(LEAST_DIFFERENCE, chance);
}
