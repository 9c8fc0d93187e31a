/**
 * Snapshot -> data contract -> train -> package -> evaluate -> register -> a rollout is opened. Triggers that arrive while it
 * runs are merged into exactly one follow-up run that carries all their reasons.
 */

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { rolloutWorkflowId } from '../src/domain/ids.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { type RetrainingOutcome, type RetrainModelInput, type RolloutChallengerInput, superseded } from './messages.ts';
import { atLength, onQueue, quickly } from './policies.ts';
import { beginRetraining, listenForRequests, nowIn, type RetrainingState, takeRequests } from './retraining-state.ts';
import { rolloutChallenger } from './rollout-challenger.ts';

export async function retrainModel(input: RetrainModelInput): Promise<RetrainingOutcome> {
  const state = beginRetraining(input);
  listenForRequests(state);
  await condition(() => state.requests.length > 0);
  takeRequests(input, state);

  const outcome = await outcomeOf(state);
  state.outcome = outcome;
  await CancellationScope.nonCancellable(() =>
    quickly(`Close: ${outcome.kind}`).closeRetraining({ retrainingId: state.retrainingId, model: state.model, outcome }),
  );
  nowIn(state, 'closed');

  await condition(allHandlersFinished);
  if (state.requests.length > 0) {
    await continueAsNew<typeof retrainModel>({ model: input.model, merged: state.requests, answered: [...state.seen].slice(-500) });
  }
  return outcome;
}

/** A verdict against the data or the model is an outcome; what broke for good is one too, so that the follow-up is never lost. */
async function outcomeOf(state: RetrainingState): Promise<RetrainingOutcome> {
  try {
    return await retrain(state);
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled', detail: 'the workflow was cancelled' };
    return { kind: 'failed', detail: causeOf(error) };
  }
}

async function retrain(state: RetrainingState): Promise<RetrainingOutcome> {
  const { retrainingId, model } = state;
  nowIn(state, 'starting');
  const attempt = await quickly('Start: reserve a version').openRetraining({ retrainingId, model, requests: state.taken });
  state.version = attempt.version;
  const subject = { retrainingId, model, version: attempt.version, specRevision: attempt.specRevision };

  nowIn(state, 'ingesting');
  const snapshot = await atLength('Ingest: take a snapshot').ingestSource({ ...subject, dataPath: attempt.dataPath });

  nowIn(state, 'validating');
  const checked = await atLength('Validate: data contract and leaks').checkData({ ...subject, snapshot: snapshot.digest });
  if (checked.contract.kind !== 'pass') return { kind: 'rejected', detail: `data contract: ${checked.contract.reasons.join('; ')}` };
  // What earlier workers did not judge is absent, and asks nobody.
  const doubtful = { 'data-shift': checked.shift, 'leak-check': checked.leaks, catalogue: checked.catalogue };
  for (const [gate, verdict] of Object.entries(doubtful))
    if (verdict && !(await passes(state, gate, verdict, attempt.waiverPatienceMs))) return notWaived(state, verdict);

  nowIn(state, 'training');
  const prepared = await atLength('Train: split the snapshot').prepareTraining({
    ...subject,
    snapshot: snapshot.digest,
    seed: attempt.seed,
  });
  const trained = await onQueue(attempt.trainerQueue, `Train ${attempt.version}`).trainChallenger(prepared.input);

  nowIn(state, 'packaging');
  const packaged = await atLength('Package: score the golden rows').packageChallenger({ ...subject, trained });

  nowIn(state, 'evaluating');
  const lineage = {
    ...subject,
    snapshot: snapshot.digest,
    split: prepared.split,
    artifact: packaged.artifact,
    manifest: packaged.manifest,
  };
  const evaluated = await atLength('Evaluate: against the champion').evaluateChallenger(lineage);
  state.evidence = evaluated.evidence;
  if (evaluated.verdict.kind === 'fail') return { kind: 'rejected', detail: `evaluation: ${evaluated.verdict.reasons.join('; ')}` };
  if (!(await passes(state, 'evaluation', evaluated.verdict, attempt.waiverPatienceMs))) return notWaived(state, evaluated.verdict);

  nowIn(state, 'registering');
  await quickly(`Register ${attempt.version}`).registerVersion({
    ...lineage,
    seed: attempt.seed,
    evidence: evaluated.evidence,
    requests: state.taken,
  });

  nowIn(state, 'opening-rollout');
  const opening = await quickly(`Open the rollout of ${attempt.version}`).openRollout({ ...subject, evidence: evaluated.evidence });
  if (opening.kind === 'waiting') {
    if (opening.supersedes) await tellSuperseded(state);
    return { kind: 'registered', version: attempt.version, rollout: 'waiting', detail: opening.said };
  }
  await startRollout(opening.input);
  return { kind: 'registered', version: attempt.version, rollout: 'opened', detail: `${attempt.version} awaits approval` };
}

/** Pass goes on; anything else stops here until a person waives exactly this gate, or nobody does in time. */
async function passes(state: RetrainingState, gate: string, verdict: Verdict, patienceMs: number): Promise<boolean> {
  if (verdict.kind === 'pass') return true;
  if (verdict.kind === 'fail') return false;
  const before = state.phase;
  state.waitingFor = { gate, reasons: verdict.reasons, until: new Date(Date.now() + patienceMs).toISOString() };
  nowIn(state, 'awaiting-waiver', verdict);
  const { retrainingId, model, waitingFor } = state;
  await quickly(`Waiver: ask for ${gate}`).askForWaiver({ retrainingId, model, waitingFor });
  const waived = await condition(() => state.waived.has(gate), patienceMs, { summary: `Waiver: ${gate}` });
  state.waitingFor = null;
  nowIn(state, before);
  return waived;
}

function notWaived(state: RetrainingState, verdict: Verdict): RetrainingOutcome {
  const kind = verdict.kind === 'fail' ? 'rejected' : 'expired';
  return { kind, detail: `${state.phase}: ${verdict.reasons.join('; ')}${kind === 'expired' ? ' (nobody waived it in time)' : ''}` };
}

/** The row is open, so the id is ours; an earlier rollout's workflow may need a moment to finish its last task. */
async function startRollout(input: RolloutChallengerInput): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await startChild(rolloutChallenger, {
        args: [input],
        workflowId: rolloutWorkflowId(input.model),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Roll out ${input.challenger}${input.champion ? ` over ${input.champion}` : ' as the first champion'}`,
        staticDetails: planInWords(input),
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || attempt >= 120) throw error;
      await condition(() => false, '1s', { summary: 'Rollout: the last one is finishing' });
    }
  }
}

function planInWords({ plan, timing, evidence }: RolloutChallengerInput): string {
  const shares = plan.steps.map((share) => `${share / 100} %`).join(' → ');
  return [
    `**Plan** ${plan.steps.length === 0 ? 'promotion on approval: there is no champion to rehearse against' : `shadow → ${shares} → 100 %`}`,
    `**Looks** every ${timing.lookEveryMs / 1_000} s`,
    `**Evidence** \`${evidence}\``,
    '**Actions** (More Actions, from Timeline) `approve` · `reject` · `pause` · `resume` · `rollBack`',
  ].join('\n\n');
}

async function tellSuperseded(state: RetrainingState): Promise<void> {
  if (state.version === null) return;
  const open = getExternalWorkflowHandle(rolloutWorkflowId(state.model));
  // It may have closed a moment ago; then there is nobody to tell.
  await open.signal(superseded, { by: state.version }).catch(() => undefined);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
