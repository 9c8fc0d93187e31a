import type { DataContractReport } from '../domain/data-contract-report.ts';
import type { Spec } from '../domain/spec.ts';
import { inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { championDoubts, unseenFlips } from './champion-on-labels.ts';

/**
 * What has moved since the champion: features, labels, the number of rows, and how its scores fit the new labels. A world that has
 * changed is the reason to retrain and a broken export looks just like it, so nothing of this fails: it waits for a person who knows.
 */
export function judgeDataShift(
  { findings, champion }: DataContractReport,
  { dataContract, monitoring }: Pick<Spec, 'dataContract' | 'monitoring'>,
): Verdict {
  const moved = findings.filter(({ severity }) => severity === 'ask').map(({ sentence }) => sentence);
  const isJudged = champion && dataContract.labelShift !== null;
  const columnsMoved = findings.some(({ rule }) => rule === 'shift');
  const doubts = isJudged ? championDoubts(champion, { aucMargin: monitoring.aucMargin, columnsMoved }) : [];
  if (isJudged && dataContract.labelShift?.severity === 'stop') moved.push(...doubts);
  if (moved.length > 0) return inconclusive(...moved);
  const seen = isJudged ? (doubts.length > 0 ? doubts : [unseenFlips(champion)]) : [];
  return pass('nothing has moved beyond its limit since the champion', ...seen);
}
