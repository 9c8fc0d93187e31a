import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logEvidence } from '../../src/statistics/always-valid.ts';
import { auc } from '../../src/statistics/auc.ts';
import { brierScores } from '../../src/statistics/brier.ts';
import { aucWithError, pairedAuc } from '../../src/statistics/delong.ts';
import { logLosses } from '../../src/statistics/log-loss.ts';
import { meanOf } from '../../src/statistics/mean.ts';
import { lossHarm, lossSlack } from '../../src/statistics/paired-losses.ts';
import { closeTo, hasReference, pairedTelcoScores, reference } from './reference.ts';

interface Vectors {
  readonly paired_12_rows: {
    y: number[];
    champion: number[];
    challenger: number[];
    auc: [number, number];
    auc_harm: number;
    auc_se: number;
    'auc_logE_delta_.02': number;
    'logloss_harm,se': [number, number];
    'brier_harm,se': [number, number];
  };
  readonly paired_telco: {
    auc_harm: number;
    auc_se: number;
    V_paired: number;
    'logE_harm_delta_.02': number;
    'logE_pass_delta_.02': number;
    logloss_harm: number;
    logloss_se: number;
  };
}

interface Published {
  readonly auc: [number, number];
  readonly se: number;
  readonly champion_metrics: { logloss: number; brier: number };
  readonly challenger_metrics: { logloss: number; brier: number };
}

describe.skipIf(!hasReference)('against the reference values', () => {
  const vectors = hasReference ? reference<Vectors>('judging_vectors.json') : (undefined as never);

  test('twelve rows by hand', () => {
    const { y: labels, champion, challenger, ...expected } = vectors.paired_12_rows;
    const found = pairedAuc({ labels, champion, challenger })!;
    expect([found.champion, found.challenger, found.harm]).toEqual([...expected.auc, expected.auc_harm]);
    expect(found.standardError).toBeCloseTo(expected.auc_se, 7);
    expect(logEvidence({ estimate: found.harm, standardError: found.standardError }, 0.02)).toBeCloseTo(expected['auc_logE_delta_.02'], 5);

    const loss = lossHarm(logLosses(challenger, labels), logLosses(champion, labels))!;
    expect(loss.mean).toBeCloseTo(expected['logloss_harm,se'][0], 6);
    expect(loss.standardError).toBeCloseTo(expected['logloss_harm,se'][1], 6);
    const brier = lossHarm(brierScores(challenger, labels), brierScores(champion, labels))!;
    expect(brier.mean).toBeCloseTo(expected['brier_harm,se'][0], 6);
    expect(brier.standardError).toBeCloseTo(expected['brier_harm,se'][1], 6);
  });

  test('1,409 customers scored by two real models', () => {
    const rows = pairedTelcoScores();
    const expected = vectors.paired_telco;
    const found = pairedAuc(rows)!;
    expect(found.harm).toBeCloseTo(expected.auc_harm, 7);
    expect(found.standardError).toBeCloseTo(expected.auc_se, 7);
    expect(closeTo(rows.labels.length * found.standardError ** 2, expected.V_paired)).toBe(true);
    const harm = { estimate: found.harm, standardError: found.standardError };
    expect(logEvidence(harm, 0.02)).toBeCloseTo(expected['logE_harm_delta_.02'], 5);
    expect(logEvidence({ ...harm, estimate: 0.02 - found.harm }, 0.02)).toBeCloseTo(expected['logE_pass_delta_.02'], 4);

    const loss = lossHarm(logLosses(rows.challenger, rows.labels), logLosses(rows.champion, rows.labels))!;
    expect(loss.mean).toBeCloseTo(expected.logloss_harm, 6);
    expect(loss.standardError).toBeCloseTo(expected.logloss_se, 7);
  });

  test('the published metrics of both models, to their six digits', () => {
    const { labels, champion, challenger } = pairedTelcoScores();
    const published = reference<Published>('paired_scores_telco.json');
    expect([auc(champion, labels), auc(challenger, labels)].map((value) => Number(value.toFixed(6)))).toEqual(published.auc);
    for (const [scores, metrics] of [
      [champion, published.champion_metrics],
      [challenger, published.challenger_metrics],
    ] as const) {
      expect(meanOf(logLosses(scores, labels))!.mean).toBeCloseTo(metrics.logloss, 6);
      expect(meanOf(brierScores(scores, labels))!.mean).toBeCloseTo(metrics.brier, 6);
    }
  });
});

// Examples from the test suites of scikit-learn (BSD-3).
test('small published examples', () => {
  expect(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  expect(auc([0, 1], [0, 1])).toBe(1);
  expect(auc([0.5, 0.5], [1, 0])).toBe(0.5);
  expect(meanOf(logLosses([0.5, 0.9, 0.99, 0.1, 0.25, 0.999], [0, 0, 0, 1, 1, 1]))!.mean).toBeCloseTo(1.881797068998267, 12);
  expect(meanOf(brierScores([0.1, 0.8, 0.9, 0.3, 1, 0.95], [0, 1, 1, 0, 1, 1]))!.mean).toBeCloseTo(0.0254166667, 9);
});

test('nothing to rank is not a number, and nothing to compare is null', () => {
  expect(auc([], [])).toBeNaN();
  expect(auc([0.2, 0.4], [1, 1])).toBeNaN();
  expect(pairedAuc({ labels: [1, 1, 0], champion: [1, 2, 3], challenger: [1, 2, 3] })).toBeNull();
  expect(aucWithError([], [])).toBeNull();
  expect(lossHarm(new Float64Array([0.5]), new Float64Array([0.4]))).toBeNull();
});

test('a certain mistake costs no more than the clip allows, and equally for both', () => {
  expect(logLosses([0, 1], [1, 0])[0]).toBeCloseTo(-Math.log(1e-6), 9);
  expect(logLosses([0], [1], 0.01)[0]).toBeCloseTo(-Math.log(0.01), 12);
});

const rows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), {
    minLength: 6,
    maxLength: 60,
  })
  .filter((all) => all.filter(([label]) => label === 1).length >= 2 && all.filter(([label]) => label === 0).length >= 2)
  .map((all) => ({ labels: all.map((row) => row[0]), champion: all.map((row) => row[1] / 20), challenger: all.map((row) => row[2] / 20) }));

test('AUC by midranks is the share of pairs in order, ties counting half', () => {
  fc.assert(
    fc.property(rows, ({ labels, champion }) => {
      let inOrder = 0;
      let pairs = 0;
      labels.forEach((a, i) => {
        labels.forEach((b, j) => {
          if (a !== 1 || b !== 0) return;
          pairs += 1;
          inOrder += champion[i]! > champion[j]! ? 1 : champion[i] === champion[j] ? 0.5 : 0;
        });
      });
      expect(auc(champion, labels)).toBeCloseTo(inOrder / pairs, 12);
      expect(aucWithError(champion, labels)!.auc).toBeCloseTo(inOrder / pairs, 12);
    }),
  );
});

test('swapping the versions turns the sign of the harm and keeps its error', () => {
  fc.assert(
    fc.property(rows, ({ labels, champion, challenger }) => {
      const one = pairedAuc({ labels, champion, challenger })!;
      const other = pairedAuc({ labels, champion: challenger, challenger: champion })!;
      expect(other.harm).toBeCloseTo(-one.harm, 12);
      expect(other.standardError).toBeCloseTo(one.standardError, 12);
    }),
  );
});

test('only the order of scores matters to AUC, and a version against itself does no harm', () => {
  fc.assert(
    fc.property(rows, ({ labels, champion, challenger }) => {
      const stretched = challenger.map((score) => Math.exp(3 * score) - 7);
      expect(pairedAuc({ labels, champion, challenger: stretched })!.harm).toBeCloseTo(
        pairedAuc({ labels, champion, challenger })!.harm,
        12,
      );
      expect(pairedAuc({ labels, champion, challenger: champion })).toMatchObject({ harm: 0, standardError: 0 });
    }),
  );
});

test('a challenger whose every loss is at the margin has no slack left', () => {
  const champion = new Float64Array([0.2, 0.5, 0.9, 0.1]);
  const slack = lossSlack({ champion, challenger: champion.map((loss) => 1.03 * loss) }, 0.03)!;
  expect(slack.mean).toBeCloseTo(0, 14);
});
