/** What the gateways were asked of late, in the bins of a profile, so that it can be held against what will be trained on. */
import type { Knex } from 'knex';
import type { Histogram } from '../domain/reference-profile.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import { histogramLike } from './watch-figures-reading.ts';

export interface ServedQuestion {
  readonly model: string;
  readonly profile: SnapshotProfile;
  readonly minimumPredictions: number;
  /** Texts that mean "missing". */
  readonly missing: readonly string[];
}

/** Weeks and a bit, so that every day of the week counts alike. */
const DAYS = 28;
const SAMPLE = 20_000;

/** Null while there are fewer predictions than asked for. Features that no request carries are left out: nobody asked for them yet. */
export async function servedFeatures(
  db: Knex,
  { model, profile, minimumPredictions, missing }: ServedQuestion,
): Promise<readonly { feature: string; histogram: Histogram }[] | null> {
  const { rows } = await db.raw<{ rows: { features: Record<string, unknown> }[] }>(
    /* sql */ `
    with recent as (select prediction_id, features from predictions where model = :model and predicted_at >= now() - :days * interval '1 day'),
      volume as (select greatest(1, count(*) / :sample) as every, count(*) as predictions from recent)
    select features from recent, volume
    where predictions >= :minimumPredictions and (hashtext(cast(prediction_id as text)) & 2147483647) % every = 0`,
    { model, days: DAYS, sample: SAMPLE, minimumPredictions },
  );
  if (rows.length === 0) return null;
  return profile.columns.flatMap(({ name, histogram }) => {
    if (histogram === null || !rows.some(({ features }) => name in features)) return [];
    const values = rows.map(({ features }) => features[name]);
    return [{ feature: name, histogram: histogramLike(histogram, values, missing) }];
  });
}
