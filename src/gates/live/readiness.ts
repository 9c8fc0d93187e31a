/** Whether a step has lasted long enough to be allowed to end: its time, its predictions and its matured outcomes, all three. */
import type { DecisionContract, JudgedStage, LiveEvidence, StepContract } from '../../domain/decision-contract.ts';
import { formatDuration } from '../../domain/duration.ts';
import { count } from '../wording.ts';
import type { JudgedMetric } from './judged-metric.ts';
import { MINIMUM_MATURED } from './limits.ts';

export interface Amount {
  readonly have: number;
  readonly need: number;
}

export interface Readiness {
  readonly time: Amount;
  readonly predictions: Amount;
  readonly maturedOutcomes: Amount;
}

export function isLastStep(contract: DecisionContract, stage: JudgedStage): boolean {
  return stage.kind === 'step' && stage.step >= contract.steps.length - 1;
}

export function minimumOf(contract: DecisionContract, stage: JudgedStage): StepContract {
  return stage.kind === 'shadow' ? contract.shadow : contract.step;
}

export function readinessOf(
  contract: DecisionContract,
  evidence: LiveEvidence,
  { stage, metrics }: { stage: JudgedStage; metrics: readonly JudgedMetric[] },
): Readiness {
  const { durationMs, predictions, maturedOutcomes } = minimumOf(contract, stage);
  return {
    time: { have: evidence.stage.sinceMs, need: durationMs },
    predictions: { have: evidence.stage.predictions, need: predictions },
    maturedOutcomes:
      maturedOutcomes === 'planned' && isLastStep(contract, stage)
        ? scarcest(metrics)
        : { have: evidence.stage.maturedOutcomes, need: maturedOutcomes === 'planned' ? MINIMUM_MATURED : maturedOutcomes },
  };
}

/** What is still missing, in numbers. A number that is not one is missing. */
export function missingFrom({ time, predictions, maturedOutcomes }: Readiness): readonly string[] {
  return [
    ...(time.have >= time.need ? [] : [`time: ${formatDuration(Math.max(0, time.have))} of ${formatDuration(time.need)}`]),
    ...(predictions.have >= predictions.need ? [] : [`predictions: ${count(predictions.have)} of ${count(predictions.need)}`]),
    ...(maturedOutcomes.have >= maturedOutcomes.need
      ? []
      : [`matured outcomes: ${count(maturedOutcomes.have)} of ${count(maturedOutcomes.need)}`]),
  ];
}

/** The critical outcome metric that is furthest from its planned evidence. */
function scarcest(metrics: readonly JudgedMetric[]): Amount {
  const outcomes = metrics.filter(({ metric, critical }) => critical && metric !== 'errors' && metric !== 'latency');
  const amounts = outcomes.map(({ rows, plannedRows }) => ({ have: rows, need: plannedRows }));
  return amounts.reduce(
    (least, amount) => (amount.have / amount.need < least.have / least.need ? amount : least),
    amounts[0] ?? { have: 0, need: 0 },
  );
}
