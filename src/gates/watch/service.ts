/** Whether the champion answers as usual. Worth saying, and no reason to train: a new model mends no outage. */
import type { WatchFigures, WatchFinding } from '../../domain/watch-figures.ts';
import { count, figure, percent } from '../wording.ts';

/** Guessed: less than half or more than ten times the usual traffic is something a person wants to know. */
const LEAST_VOLUME = 0.5;
const MOST_VOLUME = 10;
const MOST_ERRORS = 0.01;
/** Fewer answers say nothing about a rate of one in a hundred or about a p95. */
const ENOUGH_ANSWERS = 200;

export function serviceFindings({ predictions, usualPredictions, errors, latency }: WatchFigures): WatchFinding[] {
  const findings: WatchFinding[] = [];
  if (usualPredictions !== null && usualPredictions >= ENOUGH_ANSWERS && !isUsual(predictions / usualPredictions)) {
    const limit = usualPredictions * (predictions < usualPredictions ? LEAST_VOLUME : MOST_VOLUME);
    findings.push({
      kind: 'volume',
      value: predictions,
      limit,
      sentence: `${count(predictions)} predictions in the window, usually ${count(usualPredictions)}`,
    });
  }
  if (predictions >= ENOUGH_ANSWERS && errors > MOST_ERRORS * predictions) {
    const sentence = `${percent(errors / predictions)} of ${count(predictions)} answers were not the champion's own, more than ${percent(MOST_ERRORS)}`;
    findings.push({ kind: 'errors', value: errors / predictions, limit: MOST_ERRORS, sentence });
  }
  if (predictions >= ENOUGH_ANSWERS && latency.p95Ms !== null && latency.p95Ms > latency.limitMs) {
    const sentence = `p95 is ${figure(latency.p95Ms, 0)} ms, more than ${count(latency.limitMs)} ms`;
    findings.push({ kind: 'latency', value: latency.p95Ms, limit: latency.limitMs, sentence });
  }
  return findings;
}

function isUsual(ratio: number): boolean {
  return ratio >= LEAST_VOLUME && ratio <= MOST_VOLUME;
}
