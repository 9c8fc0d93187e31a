/** Besides power: signs that a feature was not known in time, is not there when it is asked for, or names a row instead of describing it. */
import type { LeakSign } from '../../domain/data-contract-report.ts';
import type { Histogram } from '../../domain/reference-profile.ts';
import type { ColumnProfile } from '../../domain/snapshot-profile.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, ident } from '../duck.ts';
import { SAMPLED } from '../profile.ts';
import { columnInParquet, type SnapshotColumn } from '../snapshot.ts';
import { counted, percent } from '../words.ts';

/** A clock that goes wrong now and then is no leak. */
const TINY_SHARE = 0.001;
/** Nearly every row has a value of its own. */
const OWN_VALUE = 0.95;
const FEWEST_ROWS = 100;
/** A feature is empty at serving when this much more of it is missing there than in training. */
const MISSING_GAP = 0.5;

export interface ServedColumn {
  readonly feature: string;
  readonly histogram: Histogram;
}

/** Times of the inputs that lie after the prediction. A source with days only cannot tell the hours of one day apart. */
export async function timesAfterPrediction(duck: Duck, { time }: Spec, columns: readonly SnapshotColumn[]): Promise<LeakSign[]> {
  const times = columns.filter(({ type }) => type === 'time');
  if (time === null || times.length === 0) return [];
  const isByDay = (await duck.value("select coalesce(bool_and(seen_at = date_trunc('day', seen_at)), true) from snapshot")) === true;
  const slack = time.kind === 'month-names' ? 'interval 1 month' : isByDay ? 'interval 1 day' : 'interval 0 day';
  const each = times.flatMap(({ name }, index) => {
    const column = ident(columnInParquet(name));
    return [
      `(count(*) filter (where ${column} > seen_at + ${slack}))::integer as late${index}`,
      `count(${column})::integer as present${index}`,
    ];
  });
  const [found] = await duck.all(`select ${each.join(', ')} from snapshot`);
  return times.flatMap(({ name }, index): LeakSign[] => {
    const [late, present] = [Number(found![`late${index}`]), Number(found![`present${index}`])];
    if (late <= TINY_SHARE * present) return [];
    const sentence = `"${name}" is later than the prediction in ${counted(late, 'row')} of ${counted(present)} (${percent(late / present)}): it was written afterwards`;
    return [{ kind: 'after-prediction', feature: name, sentence }];
  });
}

/** Of the features that the champion is asked with. */
export function missingAtServing(profiles: ReadonlyMap<string, ColumnProfile>, served: readonly ServedColumn[], rows: number): LeakSign[] {
  return served.flatMap(({ feature, histogram }): LeakSign[] => {
    const profile = profiles.get(feature);
    const predictions = total(histogram);
    if (!profile || rows === 0 || predictions === 0) return [];
    const [inTraining, atServing] = [profile.nulls / rows, histogram.nulls / predictions];
    if (atServing - inTraining < MISSING_GAP) return [];
    const sentence = `"${feature}" is missing in ${percent(atServing)} of ${counted(predictions, 'prediction')} and in ${percent(inTraining)} of the training rows: it is not known when the score is needed`;
    return [{ kind: 'missing-at-serving', feature, sentence }];
  });
}

function total(histogram: Histogram): number {
  const counts = histogram.kind === 'number' ? histogram.counts : [...histogram.counts.map(({ count }) => count), histogram.other];
  return counts.reduce((sum, count) => sum + count, histogram.nulls);
}

/**
 * Features that name their row: texts of which nearly every row has one of its own, and whole numbers that do so and are dense or
 * rise with the row, as counters do. Amounts also differ from row to row, but are neither.
 */
export async function identifiers(
  duck: Duck,
  { features }: Spec,
  { profiles, rows }: { profiles: ReadonlyMap<string, ColumnProfile>; rows: number },
): Promise<LeakSign[]> {
  const candidates = features.filter(({ name, derive }) => {
    const profile = profiles.get(name);
    const present = rows - (profile?.nulls ?? rows);
    return derive === null && profile && present >= FEWEST_ROWS && profile.distinct >= 0.85 * present;
  });
  const signs: LeakSign[] = [];
  for (const { name, type } of candidates) {
    if (type === 'number' && !(await isCounter(duck, name))) continue;
    const column = ident(columnInParquet(name));
    const share = Number(await duck.value(`select (count(distinct ${column}) / count(${column}))::double from snapshot`));
    if (share < OWN_VALUE) continue;
    signs.push({
      kind: 'identifier',
      feature: name,
      sentence: `"${name}" has a value of its own in ${percent(share)} of the rows: it names a row and says nothing about it`,
    });
  }
  return signs;
}

async function isCounter(duck: Duck, name: string): Promise<boolean> {
  const column = ident(columnInParquet(name));
  const [found] =
    await duck.all(`select coalesce(bool_and(${column} = floor(${column})), false) as whole, abs(coalesce(corr(${column}, source_row), 0))::double as rising,
    ((max(${column}) - min(${column})) / (max(source_row) - min(source_row) + 1))::double as spread from ${SAMPLED}`);
  return found!.whole === true && (Number(found!.rising) >= OWN_VALUE || Number(found!.spread) <= 2);
}
