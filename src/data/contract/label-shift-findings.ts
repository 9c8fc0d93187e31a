/** Labels against those of the champion's snapshot: more or fewer of them positive, or other ones on the very same rows. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { SnapshotProfile } from '../../domain/snapshot-profile.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, literal } from '../duck.ts';
import { counted, percent } from '../words.ts';

/** Standard errors beyond which a difference is no chance: once in 15,000 snapshots. */
const BEYOND_CHANCE = 4;

/** Labels settle: some are corrected late. More than one in two hundred is no settling. */
const MOST_CHANGED = 0.005;
const FEWEST_SHARED = 200;
/** Rows compared; row ids are hashes, so the lowest are a random part. */
const COMPARED_ROWS = 500_000;

export function labelShiftFindings(
  { label, dataContract, task }: Spec,
  now: SnapshotProfile,
  before: SnapshotProfile,
): DataContractFinding[] {
  const limits = dataContract.labelShift;
  const [mean, earlier] = [now.label.mean, before.label.mean];
  if (limits === null || mean === null || earlier === null) return [];
  const error = Math.hypot(errorOf(now), errorOf(before));
  const isByChance = Math.abs(mean - earlier) <= BEYOND_CHANCE * error;
  if (isByChance || isWithin({ mean, earlier, deviation: before.label.deviation ?? 0 }, limits)) return [];
  const shown = (value: number) => (task === 'regression' ? String(value) : percent(value));
  const what = task === 'regression' ? 'the mean' : 'the share of positive labels';
  const limit = `${limits.minimum} to ${limits.maximum} times what it was`;
  const sentence = `${label.column}: ${what} is ${shown(mean)}, ${shown(earlier)} in the champion's snapshot: expected ${limit}; is the label still written in the same way?`;
  const severity = limits.severity === 'stop' ? 'ask' : 'report';
  return [
    {
      rule: 'label-shift',
      column: label.column,
      checked: now.label.labelled,
      bad: now.label.labelled,
      limit,
      severity,
      samples: [],
      sentence,
    },
  ];
}

function errorOf({ label }: SnapshotProfile): number {
  return (label.deviation ?? 0) / Math.sqrt(Math.max(1, label.labelled));
}

/** Factors say nothing of means around zero; there half a standard deviation is what may be moved. */
function isWithin(found: { mean: number; earlier: number; deviation: number }, limits: { minimum: number; maximum: number }): boolean {
  const { mean, earlier, deviation } = found;
  if (earlier <= 0 || mean <= 0) return Math.abs(mean - earlier) <= deviation / 2;
  return mean >= earlier * limits.minimum && mean <= earlier * limits.maximum;
}

/** Rows that both snapshots have: what was known then should still be so. */
export async function changedLabels(duck: Duck, { label, dataContract }: Spec, earlierPath: string): Promise<DataContractFinding[]> {
  if (dataContract.labelShift === null) return [];
  const bound = literal(await lowestIds(duck));
  const [found] = await duck.all(`select count(*)::integer as shared, (count(*) filter (now.label > earlier.label))::integer as gained,
      (count(*) filter (now.label < earlier.label))::integer as lost
    from (select row_id, label from snapshot where row_id < ${bound} and label is not null) now
    join (select row_id, label from read_parquet(${literal(earlierPath)}) where row_id < ${bound} and label is not null) earlier using (row_id)`);
  const { shared, gained, lost } = { shared: Number(found!.shared), gained: Number(found!.gained), lost: Number(found!.lost) };
  const bad = gained + lost;
  if (shared < FEWEST_SHARED || bad <= MOST_CHANGED * shared) return [];
  const limit = `at most ${percent(MOST_CHANGED)} of the labels to be corrected`;
  const sentence = `${label.column}: ${counted(bad)} of ${counted(shared, 'row')} that the champion's snapshot has, too, have another label now (${percent(bad / shared)}; ${counted(gained)} rose, ${counted(lost)} fell): expected ${limit}`;
  const severity = dataContract.labelShift.severity === 'stop' ? 'ask' : 'report';
  return [{ rule: 'labels-changed', column: label.column, checked: shared, bad, limit, severity, samples: [], sentence }];
}

async function lowestIds(duck: Duck): Promise<string> {
  const rows = Number(await duck.value('select count(*) from snapshot'));
  const share = Math.min(1, COMPARED_ROWS / Math.max(1, rows));
  return share === 1
    ? 'g'
    : Math.ceil(0xffff_ffff * share)
        .toString(16)
        .padStart(8, '0');
}
