/**
 * A client in one file: asks for a retraining, waits until the new version asks for approval, reads the evidence, approves it by
 * a signal, and follows the rollout to its end. It needs nothing but a Temporal address.
 *
 *   npx tsx examples/client.ts MODEL [--by NAME] [--reason TEXT] [--address HOST:PORT] [--namespace NAME] [--join]
 *
 * `--by` is who approves; whoever asked for the training may not, so the request is made in the script's own name.
 * `--join` asks for nothing: it goes on with the version that is already on its way, which a schedule or the watch asked for. Exit code 0:
 * the version was promoted. 1: it wasn't.
 */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { Client, Connection, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Approval, RetrainingRequest, RetrainingStatus, RolloutStatus } from '../workflows/messages.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    by: { type: 'string', default: os.userInfo().username },
    reason: { type: 'string', default: 'asked for by the client script' },
    address: { type: 'string', default: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' },
    join: { type: 'boolean', default: false },
    namespace: { type: 'string', default: process.env.TEMPORAL_NAMESPACE ?? 'default' },
  },
});
const [model] = positionals;
if (model === undefined) {
  console.error('usage: npx tsx examples/client.ts MODEL [--by NAME] [--reason TEXT] [--address HOST:PORT]');
  process.exit(2);
}

const said = new Set<string>();
const connection = await Connection.connect({ address: values.address });
const { workflow } = new Client({ connection, namespace: values.namespace });
const isPromoted = await run(model).finally(() => connection.close());
process.exitCode = isPromoted ? 0 : 1;

/** The story. Each step waits on the `status` query, which is all a client ever needs to know. */
async function run(model: string): Promise<boolean> {
  const rollout = workflow.getHandle(`rollout:${model}`);
  const version = values.join ? await onItsWay(rollout) : await retrain(model);
  if (version === null) return false;

  const asked = await poll<RolloutStatus>(rollout, (status) => status.challenger === version);
  printEvidence(asked);
  // A doubtful verdict only comes this far when a person has waived the doubt; a failed one never does.
  if (asked.evidence.verdict.kind === 'fail') return false;

  const approval: Approval = { by: values.by, evidence: asked.evidence.digest, reason: 'the script has read the evidence' };
  await rollout.signal<[Approval]>('approve', approval);
  say(`approved as ${values.by}, by a signal`);
  return followRollout(rollout, version);
}

/** The version that asks for approval now, or next. */
async function onItsWay(rollout: WorkflowHandle): Promise<string> {
  return (await poll<RolloutStatus>(rollout, ({ rollout: now }) => now.phase === 'awaiting-approval')).challenger;
}

/** Signal-with-start: begins a run, or joins the one that is under way and is answered by its one follow-up. */
async function retrain(model: string): Promise<string | null> {
  const request: RetrainingRequest = {
    by: 'client-script',
    via: 'client',
    reason: `${values.reason} (${randomUUID().slice(0, 8)})`,
    requestId: randomUUID(),
  };
  const handle = await workflow.signalWithStart('retrainModel', {
    workflowId: `retrain:${model}`,
    taskQueue: 'lifecycle',
    args: [{ model }],
    signal: 'retrainRequested',
    signalArgs: [request],
  });
  say(`asked for a retraining of ${model}: ${request.reason}`);

  // Without the run's id the handle means the newest run, so that a follow-up is found too.
  const ours = ({ reasons }: RetrainingStatus) => reasons.some(({ reason }) => reason === request.reason);
  const { outcome } = await poll<RetrainingStatus>(workflow.getHandle(handle.workflowId), (status) => {
    if (ours(status)) sayOnce(`${status.version ?? model} is ${status.phase}`);
    if (ours(status) && status.waitingFor)
      sayOnce(`a person has to waive ${status.waitingFor.gate}: ${status.waitingFor.reasons.join('; ')}`);
    return ours(status) && status.outcome !== null;
  });
  say(`the training ended, ${outcome?.kind}: ${outcome?.detail}`);
  return outcome?.kind === 'registered' ? outcome.version : null;
}

function printEvidence({ challenger, champion, evidence }: RolloutStatus): void {
  say(`${challenger} asks for approval; evidence ${evidence.digest.slice(0, 12)} says ${evidence.verdict.kind}`);
  for (const reason of evidence.verdict.reasons) console.log(`    ${reason}`);
  for (const { name, challenger: its, opponent, gain } of evidence.figures) {
    const interval = gain ? `, gain ${gain.estimate.toFixed(4)} (95 %: ${gain.low.toFixed(4)} to ${gain.high.toFixed(4)})` : '';
    console.log(`    ${name}: ${its?.toFixed(4)} against ${opponent?.toFixed(4)} of ${champion ?? 'the simple baseline'}${interval}`);
  }
}

/** A signal is never answered: what came of it is seen in the status. */
async function followRollout(rollout: WorkflowHandle, version: string): Promise<boolean> {
  const closed = ['promoted', 'rejected', 'rolled-back', 'withdrawn'];
  const end = await poll<RolloutStatus>(rollout, ({ challenger, rollout: now, share, next, lastVerdict }) => {
    // A version that waited may have followed under the same id.
    if (challenger !== version) return true;
    sayOnce(`${challenger} is ${now.phase}, ${share / 100} % of the traffic; next: ${next.what}`);
    if (lastVerdict) sayOnce(`the judge says ${lastVerdict.kind}: ${lastVerdict.reasons.join('; ')}`);
    return closed.includes(now.phase);
  });
  return end.challenger === version && end.rollout.phase === 'promoted';
}

/** Asks for the status until it is what is waited for. A workflow that isn't there yet, or a worker that restarts, only takes time. */
async function poll<Status>(handle: WorkflowHandle, isReached: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const status = await handle.query<Status>('status').catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) sayOnce('no worker answers now; asking again');
      return null;
    });
    if (status !== null && isReached(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}Z  ${text}`);
}

function sayOnce(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  say(text);
}
