import type { Knex } from 'knex';
import type { JudgedStage } from '../src/domain/decision-contract.ts';
import type { RolloutId } from '../src/domain/ids.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { judgeLive } from '../src/gates/live-judge.ts';
import { storeVerdict } from '../src/store/evaluations.ts';
import { readLiveEvidence } from '../src/store/live-evidence.ts';
import { routeLost } from '../src/store/rollout-phases.ts';
import { rolloutOrThrow, setRolloutVerdict } from '../src/store/rollouts.ts';

export interface JudgeStepInput {
  readonly rolloutId: RolloutId;
  readonly stage: JudgedStage;
  readonly look: number;
}

export function judgingActivities({ db }: { db: Knex }) {
  return {
    /** Reads the live evidence, asks the judge, and keeps what was seen beside the verdict. A repeated look answers what was reached first. */
    async judgeStep({ rolloutId, stage, look }: JudgeStepInput): Promise<Verdict | { readonly lost: string }> {
      const rollout = await rolloutOrThrow(db, rolloutId);
      if (rollout.contract === null) throw new RangeError(`rollout ${rolloutId} has no decision contract to judge by`);
      // Off the stage there is nothing more to learn: whoever took the challenger off has decided.
      const lost = await routeLost(db, { rolloutId, model: rollout.model });
      if (lost !== null) return { lost };
      const evidence = await readLiveEvidence(db, rollout.contract, stage);
      const judged = judgeLive(rollout.contract, evidence, stage);
      const { pairs, ...seen } = evidence;
      const details = {
        asOf: evidence.asOf,
        metrics: judged.metrics,
        ready: judged.ready,
        alphaSpent: judged.alphaSpent,
        seen: { ...seen, pairs: pairs.labels.length },
      };
      const verdict = await storeVerdict(db, {
        model: rollout.model,
        subject: rolloutId,
        gate: gateOf(stage),
        look,
        verdict: judged.verdict,
        details,
      });
      await setRolloutVerdict(db, { rolloutId, verdict, at: evidence.asOf });
      return verdict;
    },
  };
}

function gateOf(stage: JudgedStage): string {
  return stage.kind === 'shadow' ? 'shadow' : `step-${stage.step + 1}`;
}
