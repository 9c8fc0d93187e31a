/**
 * Plan -> for each table of events: take the fence, write the entities, move the watermark. What is written is of use at once, since
 * every row says how far it goes; only the watermark makes it true of those that nothing happened to.
 */
import { continueAsNew, setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { MaterialisationPlan, TableToMaterialise } from '../activities/features.ts';
import { materializeWorkflowId, watchWorkflowId } from '../src/domain/ids.ts';
import { detailsOf, show, workflowLink } from './display.ts';
import type { MaterialisedUpTo, MaterializeFeaturesInput, MaterializeFeaturesResult } from './messages.ts';
import * as messages from './messages.ts';
import { atLength, quickly } from './policies.ts';

/** Every call writes half a million entities: so long a run is a rare one. */
const LONGEST_HISTORY = 400;

interface State {
  readonly materialisationId: string;
  readonly plan: MaterialisationPlan;
  readonly since: Date;
  readonly done: MaterialisedUpTo[];
  at: string | null;
  /** Where the table at work goes on after a continue-as-new. */
  after: string | null;
}

export async function materializeFeatures(input: MaterializeFeaturesInput): Promise<MaterializeFeaturesResult> {
  const state = await begin(input);
  setHandler(messages.materialisationStatus, () => ({
    model: input.model,
    materialisationId: state.materialisationId,
    at: state.at,
    done: state.done,
  }));
  for (const table of state.plan.tables.slice(state.done.length)) {
    state.at = table.table;
    display(input, state);
    state.done.push(await materialise(input, state, { ...table, ...subjectOf(input, state) }));
  }
  state.at = null;
  display(input, state);
  const said = state.done.map(({ table, asOf }) => `${table} up to ${asOf}`).join(', ');
  return { materialisationId: state.materialisationId, tables: state.done, said: `online values of ${input.model}: ${said}` };
}

async function begin(input: MaterializeFeaturesInput): Promise<State> {
  const { carried } = input;
  if (carried) return { ...carried, since: new Date(), done: [...carried.done], at: null };
  const materialisationId = input.materialisationId ?? `materialisation-${uuid4()}`;
  const plan = await quickly('Plan: which tables, up to when').planMaterialisation({ model: input.model, until: input.until ?? null });
  return { materialisationId, plan, since: new Date(), done: [], at: null, after: null };
}

function subjectOf({ model, from, until }: MaterializeFeaturesInput, { materialisationId, plan }: State) {
  const range = from ? { from, until: until ?? plan.asOf } : null;
  return { materialisationId, model, specRevision: plan.specRevision, asOf: plan.asOf, range };
}

async function materialise(input: MaterializeFeaturesInput, state: State, table: TableToMaterialise): Promise<MaterialisedUpTo> {
  const opened = await quickly(`Fence: ${table.table}`).openMaterialisation(table);
  const { asOfMs, sinceMs } = opened;
  const asOf = new Date(asOfMs).toISOString();
  const which = sinceMs === null ? 'all entities' : `changes since ${new Date(sinceMs).toISOString()}`;
  for (;;) {
    const written = await atLength(`Write: ${table.table}, ${which}`).writeOnlineFeatures({ ...table, ...opened, after: state.after });
    state.after = written.after;
    if (written.after === null) {
      const { events, newestEventAt } = written;
      await quickly(`Complete: ${table.table} up to ${asOf}`).completeMaterialisation({ ...table, ...opened, events, newestEventAt });
      return { table: table.table, asOf, since: sinceMs === null ? null : new Date(sinceMs).toISOString(), events };
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength < LONGEST_HISTORY && !continueAsNewSuggested) continue;
    const { materialisationId, plan, done, after } = state;
    await continueAsNew<typeof materializeFeatures>({ ...input, carried: { materialisationId, plan, done, after } });
  }
}

function display(input: MaterializeFeaturesInput, { materialisationId, plan, since, done, at }: State): void {
  show({
    model: input.model,
    version: null,
    phase: at === null ? 'materialised' : 'materialising',
    phaseSince: since,
    share: 0,
    verdict: null,
    details: detailsOf({
      title: at === null ? `🗂 Online values of ${input.model} are written` : `🗂 Writing online values of ${at}`,
      lines: [
        '**Purpose** aggregates of events by entity, which gateways read when a request leaves them out',
        `**Up to** ${plan.asOf}${input.from ? `, events from ${input.from} on once more` : ''} (${materialisationId})`,
        done.map(({ table, asOf, events }) => `- ${table}: ${events} events, up to ${asOf}`).join('\n'),
      ],
      verdict: null,
      verdictAt: null,
      next: at === null ? `the schedule, or: understudy materialize ${input.model}` : `the watermark of ${at} moves, then the next table`,
      links: [
        workflowLink('This materialisation', materializeWorkflowId(input.model)),
        workflowLink('Watch', watchWorkflowId(input.model)),
      ],
    }),
  });
}
