/** What each metric is called, and what it says, for readers who have never met it. Without figures: those come from evidence. */
import type { MetricName } from '../domain/evidence.ts';

interface MetricWords {
  readonly name: string;
  /** What it measures, as half a sentence; and which way is good. */
  readonly meaning: string;
  /** What a challenger does when it gains: "it … better". */
  readonly plain: string;
}

export const metricWords: Readonly<Record<MetricName, MetricWords>> = {
  auc: {
    name: 'AUC',
    meaning: 'how often somebody with the outcome is ranked above somebody without; higher is better, one half is a coin',
    plain: 'ranking people',
  },
  'average-precision': {
    name: 'average precision',
    meaning: 'how clean the top of the list is, averaged over all cut-offs; higher is better, the base rate is chance',
    plain: 'keeping the top of the list clean',
  },
  'log-loss': {
    name: 'log loss',
    meaning: 'how far predicted chances are from what happened, confident mistakes punished hardest; lower is better',
    plain: 'stating chances that come true',
  },
  brier: {
    name: 'Brier score',
    meaning: 'mean squared distance between predicted chance and outcome; lower is better',
    plain: 'staying close to what happens',
  },
  'calibration-error': {
    name: 'calibration error',
    meaning: 'mean distance between predicted chances and how often they came true; lower is better',
    plain: 'predicting chances that can be taken at their word',
  },
  precision: {
    name: 'precision',
    meaning: 'share of those acted upon who have the outcome; higher is better',
    plain: 'acting on the right people',
  },
  recall: { name: 'recall', meaning: 'share of those with the outcome who are acted upon; higher is better', plain: 'missing few' },
  f1: { name: 'F1', meaning: 'precision and recall in one figure; higher is better', plain: 'balancing hits and misses' },
  profit: {
    name: 'profit',
    meaning: 'worth of the decisions about a thousand cases, in your currency; higher is better',
    plain: 'earning',
  },
  lift: {
    name: 'lift',
    meaning: 'how many times more often the outcome comes in the best-ranked tenth than among all; higher is better, one is chance',
    plain: 'concentrating the outcome at the top',
  },
  ks: {
    name: 'KS',
    meaning: 'largest gap between the scores of those with and without the outcome; higher is better',
    plain: 'telling the two groups apart',
  },
  mae: { name: 'mean absolute error', meaning: 'mean distance from the true value, in its unit; lower is better', plain: 'being close' },
  rmse: {
    name: 'root mean squared error',
    meaning: 'distance from the true value with large misses weighing more, in its unit; lower is better',
    plain: 'avoiding large misses',
  },
  'r-squared': {
    name: 'R²',
    meaning: 'share of the differences between cases that is explained; higher is better, one is everything',
    plain: 'explaining differences',
  },
  'quantile-loss': {
    name: 'quantile loss',
    meaning: 'distance from the true value where too low costs nine times as much as too high; lower is better',
    plain: 'not being too low',
  },
  gini: {
    name: 'Gini',
    meaning: 'how well cases are ordered by their true value; higher is better, zero is chance',
    plain: 'ordering cases by value',
  },
  qini: {
    name: 'Qini',
    meaning: 'how much treating the best-ranked first wins over treating at random; higher is better, zero is chance, one is perfect',
    plain: 'finding those whom the campaign moves',
  },
  auuc: {
    name: 'AUUC',
    meaning: 'the same with the two groups scaled to each other; higher is better, zero is chance, one is perfect',
    plain: 'winning outcomes at every size of campaign',
  },
  'uplift-at-k': {
    name: 'uplift at k',
    meaning:
      'outcomes per person that treatment adds among the best-ranked: three in ten, or the share that is acted upon; higher is better',
    plain: 'what the campaign adds among those picked',
  },
};

/** A short glossary for the end of a page. */
export const glossary: readonly (readonly [string, string])[] = [
  ['champion', 'the version that answers today'],
  ['challenger', 'the version that wants to take its place'],
  ['simple baseline', 'the plainest possible model; whoever cannot beat it is of no use'],
  [
    '95 % interval',
    'where the true figure lies, as far as these cases can tell. If the interval of a gain lies wholly above zero, the challenger is better; if it crosses zero, it may be chance',
  ],
  ['may lose at most', 'the margin that was agreed before anybody looked: a challenger that is proven to lose less than this is no worse'],
  ['passes', 'the whole interval of the gain lies above the agreed loss'],
  ['fails', 'the whole interval lies below it'],
  ['in doubt', 'neither: too few cases, or figures too close. Doubt is never counted as a pass'],
  ['segment', 'a group of cases, such as those on a phone; each is judged by itself, because a model can gain overall and fail a group'],
  ['calibrated', 'of all cases given a chance of thirty in a hundred, thirty in a hundred have the outcome'],
  [
    'decile',
    'a tenth of the cases, ordered by score: the first holds those with the highest. Lift says how many times more frequent the outcome is there than among all',
  ],
  ['importance', 'how much worse the model gets when the values of one feature are shuffled'],
  [
    'PSI',
    'population stability index: how far a distribution has moved. Below a tenth is usual, a quarter is a major move, and neither says by itself that the model got worse',
  ],
  ['NDCG', 'how alike two orders of importance are; one is the same order'],
  ['digest', 'the fingerprint of a file: whoever holds the file can compute it and see that nothing was changed'],
];
