/** How a challenger is judged offline: margins, what is done with a score, segments, fairness, and cases people can tell beforehand. */
import { z } from 'zod';
import { listOf, orShort, section } from './sections.ts';
import { columnName, count, flag, fraction, number, oneOf, orNull, positiveCount, text, textOrTexts } from './written-values.ts';

export const gates = section({
  auc: fraction.prefault(0.01),
  logLoss: fraction.prefault('3%'),
  brier: fraction.prefault('3%'),
  margins: z.record(z.string(), fraction, { error: () => 'margins by the name of a metric, such as "precision: 5%"' }).prefault({}),
  draws: count.prefault(1_000),
  segmentMarginFactor: number.prefault(2),
  minimumSegmentClass: positiveCount.prefault(50),
  suspiciousAuc: fraction.prefault(0.97),
});

export const decision = section({
  /** Scores from here on are acted upon. */
  cutoff: orNull(number),
  /** Or this share of the best. */
  top: orNull(fraction),
  profit: orNull(
    section({
      truePositive: number.prefault(0),
      falsePositive: number.prefault(0),
      falseNegative: number.prefault(0),
      trueNegative: number.prefault(0),
    }),
  ),
  costPerThousand: orNull(number),
});

const oneColumnOrCrossed = {
  type: ['string', 'array'],
  items: { type: 'string' },
  description: 'The name of a column, or several whose values are crossed',
};

export const segment = orShort(
  oneColumnOrCrossed,
  (column) => ({ column }),
  section({ column: textOrTexts, critical: flag.prefault(false) }),
);

export const fairness = orShort(
  { type: 'string', description: 'The name of a column' },
  (column) => ({ column }),
  section({
    column: columnName,
    tolerated: fraction.prefault('2%'),
    breach: fraction.prefault('5%'),
    parity: listOf('demographic and equalised-odds', oneOf('demographic', 'equalised-odds')).prefault(['demographic']),
  }),
);

const value = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: () => 'a text, a number, true, false or null' });

export const golden = section({
  name: text,
  instance: z.record(z.string(), value, { error: () => 'values by the names of what a request brings' }),
  from: number,
  to: number,
});
