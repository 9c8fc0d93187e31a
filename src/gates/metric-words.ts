/** What each metric is called in a sentence, and to how many digits it is told. */
import type { MetricName } from '../domain/evidence.ts';

export const metricWords: Readonly<Record<MetricName, string>> = {
  auc: 'AUC',
  'average-precision': 'average precision',
  'log-loss': 'log loss',
  brier: 'Brier',
  'calibration-error': 'calibration error',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  profit: 'profit',
  lift: 'lift',
  ks: 'KS',
  mae: 'MAE',
  rmse: 'RMSE',
  'r-squared': 'R²',
  'quantile-loss': 'quantile loss',
  gini: 'Gini',
  qini: 'Qini',
  auuc: 'AUUC',
  'uplift-at-k': 'uplift at k',
};

const fewer: Partial<Record<MetricName, number>> = {
  auc: 3,
  'average-precision': 3,
  precision: 3,
  recall: 3,
  f1: 3,
  ks: 3,
  lift: 2,
  profit: 2,
};

export const metricDigits = (metric: MetricName): number => fewer[metric] ?? 4;
