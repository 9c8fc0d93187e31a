/** The plan of a rollout as a short table, each setting beside what is usual, so that a compressed clock can be seen as one. */
import { formatDuration } from '../domain/duration.ts';
import type { Spec, StepMinimum } from '../domain/spec.ts';
import { parseSpec } from './parse.ts';

export interface PlannedSetting {
  readonly setting: string;
  readonly value: string;
  readonly usual: string;
  readonly isUsual: boolean;
}

/** `usual` is the product's defaults, for the same label, unless another spec is given: the same file without its overrides, say. */
export function describePlan(spec: Spec, usual: Spec = withDefaults(spec)): PlannedSetting[] {
  const beside = new Map(settingsOf(usual));
  return settingsOf(spec).map(([setting, value]) => ({
    setting,
    value,
    usual: beside.get(setting)!,
    isUsual: beside.get(setting) === value,
  }));
}

function settingsOf({ task, rollout, label, monitoring, approval }: Spec): [string, string][] {
  const { errors, latency, conversion } = rollout.metrics;
  return [
    ['label counts after', formatDuration(label.maturityMs)],
    ['shadow', minimum(rollout.shadow)],
    ['steps', rollout.steps.map(percent).join(' → ')],
    ['each step', minimum(rollout.step)],
    ['a step asks a person after', formatDuration(rollout.longestStepMs)],
    ['judged every', formatDuration(rollout.lookEveryMs)],
    ['hold-back', percent(rollout.holdBackBps)],
    ['probation', formatDuration(rollout.probationMs)],
    ['error probability', fraction(rollout.alpha)],
    ['margin on errors', fraction(errors.margin)],
    ['margin on p95 latency', `${fraction(latency.margin)}, limit ${formatDuration(latency.limitMs)}`],
    ['latency in batches of', formatDuration(latency.batchMs)],
    ['margin on conversion', fraction(conversion.margin)],
    ...qualityOf(task, rollout.metrics),
    ['approval expires after', formatDuration(approval.expiresMs)],
    ['monitored every', `${formatDuration(monitoring.everyMs)} over ${formatDuration(monitoring.windowMs)}`],
    ['monitoring needs', `${number(monitoring.minimumPredictions)} predictions, ${number(monitoring.minimumMatured)} matured labels`],
  ];
}

/** What is judged of the scores themselves; of an uplift model nothing is. */
function qualityOf(task: Spec['task'], { logLoss, auc, absoluteError }: Spec['rollout']['metrics']): [string, string][] {
  switch (task) {
    case 'binary-classification':
      return [
        ['margin on log loss', fraction(logLoss.margin)],
        ['margin on AUC', String(auc.margin)],
      ];
    case 'regression':
      return [['margin on the absolute error', fraction(absoluteError.margin)]];
    case 'uplift':
      return [];
  }
}

function withDefaults({ model, task, label: { maturityMs } }: Spec): Spec {
  const label = `{column: label, maturity: ${maturityMs}ms}`;
  const treatment = task === 'uplift' ? 'treatment: {column: treated}, ' : '';
  const yaml = `{model: ${model}, task: ${task}, ${treatment}owners: nobody, entity: row-number, features: {feature: number}, label: ${label}}`;
  return parseSpec(yaml, { file: 'defaults.yaml' }).spec;
}

function minimum({ durationMs, predictions, maturedOutcomes }: StepMinimum): string {
  const outcomes = maturedOutcomes === 'planned' ? 'the planned outcomes' : `${number(maturedOutcomes)} outcomes`;
  return `${formatDuration(durationMs)}, ${number(predictions)} predictions, ${outcomes}`;
}

const number = (value: number) => value.toLocaleString('en-US');
const percent = (bps: number) => `${bps / 100} %`;
const fraction = (value: number) => `${Number((value * 100).toPrecision(6))} %`;
