import type { FairnessFinding } from '../domain/evidence.ts';
import { fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { percent, range } from './wording.ts';

const words: Readonly<Record<FairnessFinding['rate'], string>> = {
  'acted-upon': 'acted upon',
  'true-positives': 'of those with the outcome acted upon',
  'false-positives': 'of those without the outcome acted upon',
};

/** A breach must be shown to refuse and excluded to pass; what is beyond the tolerated gap is said. */
export function judgeFairness({ column, gap, between, groups, rate, tolerated, breach }: Omit<FairnessFinding, 'verdict'>): Verdict {
  if (groups.length < 2) return inconclusive(`fairness by ${column}: fewer than two groups have enough rows to compare`);
  const [high, low] = between.map((name) => groups.find(({ group }) => group === name)!);
  const points = (value: number) => percent(value);
  const figures = `fairness by ${column}: ${points(high!.rate.estimate)} ${words[rate]} in "${high!.group}", ${points(low!.rate.estimate)} in "${low!.group}", a gap of ${points(gap.estimate)} (95 %: ${range(gap.interval, points)})`;
  if (gap.interval.low >= breach) return fail(`${figures}, a breach from ${points(breach)}`);
  if (gap.interval.high >= breach) return inconclusive(`${figures}: a breach (from ${points(breach)}) is not excluded`);
  return pass(gap.estimate > tolerated ? `${figures}: beyond the tolerated ${points(tolerated)}, below a breach` : `${figures}: tolerated`);
}
