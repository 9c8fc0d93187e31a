import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluationProgress } from '../../src/evaluating/evaluate-job.ts';
import { evaluateInThread } from '../../src/evaluating/evaluate-in-thread.ts';
import { type EvaluationFiles, evaluationFiles, evaluationSpec } from '../evaluating/evaluation-files.ts';

let files: EvaluationFiles;
beforeAll(async () => {
  const decision = { cutoff: { kind: 'top', share: 0.2 }, profit: null, costPerThousand: null } as const;
  files = await evaluationFiles({ rows: 204_082, spec: evaluationSpec({ decision }) });
});
afterAll(() => files.remove());

/** Called every few milliseconds by the event loop itself; the longest time between two calls is how long nobody could be answered. */
function longestGap(): { end(): number } {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 2);
  return {
    end() {
      clearInterval(timer);
      return longest;
    },
  };
}

/** What the main thread itself computed, in milliseconds: on a busy machine a gap also holds the time in which others had the processor. */
function computedByMainThread(): number | null {
  const file = `/proc/self/task/${process.pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6 : null;
}

test('200,000 rows, two models, ten segments, a thousand draws', async () => {
  const stages = new Map<EvaluationProgress['stage'], number>();
  const began = performance.now();
  const cpu = process.cpuUsage();
  const computed = computedByMainThread();
  const gap = longestGap();
  const found = await evaluateInThread(files.job, {
    signal: new AbortController().signal,
    progress: ({ stage }) => void (stages.has(stage) || stages.set(stage, performance.now() - began)),
  });
  const tookMs = performance.now() - began;
  const gapMs = gap.end();
  const mainMs = computed === null ? null : computedByMainThread()! - computed;
  const { user, system } = process.cpuUsage(cpu);
  expect(found.overall.rows).toBeGreaterThanOrEqual(200_000);
  expect([found.segments.length, found.gates.draws]).toEqual([10, 1_000]);
  const stagesInWords = [...stages].map(([stage, at]) => `${stage} after ${(at / 1_000).toFixed(1)} s`).join(', ');
  console.log(
    `\nEvaluation of ${found.overall.rows} rows: ${(tookMs / 1_000).toFixed(1)} s (${stagesInWords}); ${((user + system) / 1e6).toFixed(1)} s of CPU on all threads; longest gap of the event loop ${gapMs.toFixed(0)} ms${mainMs === null ? '' : `, in all of which the main thread computed for ${mainMs.toFixed(0)} ms`}\n`,
  );
});
