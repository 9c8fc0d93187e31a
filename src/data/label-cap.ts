/**
 * What a value counts for at most when arms are compared, so that one giant order does not decide who is promoted. Taken from the rows
 * that the versions were compared on, before the rollout begins: a cap chosen from what it caps would follow the harm.
 */
import { literal, withDuck } from './duck.ts';

/** One value in a hundred is larger. */
const QUANTILE = 0.99;

export interface LabelCapInput {
  readonly snapshotPath: string;
  readonly splitPath: string;
  readonly signal?: AbortSignal;
}

/** Of the values that are not zero, because where few buy the 99th percentile of all is nothing. Null where there are none. */
export async function labelCap({ snapshotPath, splitPath, signal }: LabelCapInput): Promise<number | null> {
  return withDuck(signal ? { signal } : {}, async (duck) => {
    const cap = await duck.value(`select quantile_cont(abs(label), ${QUANTILE})::double from read_parquet(${literal(snapshotPath)})
      join read_parquet(${literal(splitPath)}) split using (row_id) where split.purpose = 'comparison' and label <> 0`);
    return cap === null ? null : Number(cap);
  });
}
