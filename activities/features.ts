import path from 'node:path';
import { Context } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { withWorkFolder } from '../src/artifacts/work-folder.ts';
import type { DoorKeys } from '../src/data/source/door.ts';
import { eachOnlineEntity } from '../src/data/events/online-values.ts';
import type { FetchQuery } from '../src/data/source/source.ts';
import type { ModelName } from '../src/domain/ids.ts';
import type { Spec } from '../src/domain/spec.ts';
import { Failure } from '../src/failures.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { type Aggregate, aggregateKey } from '../src/features/aggregates.ts';
import { rawInputs } from '../src/features/raw-inputs.ts';
import { completeMaterialisation, type Opened, openMaterialisation, writeOnlineValues } from '../src/store/materialisations.ts';
import { readServedRoutes } from '../src/store/routes-reading.ts';
import { currentSpec, specRevision } from '../src/store/specs.ts';
import type { Manifest } from '../src/training/manifest.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';

export interface FeatureDependencies {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  readonly doorKeys: DoorKeys;
  readonly fetchQuery?: FetchQuery;
}

export interface MaterialisedTable {
  readonly table: string;
  /** What the newest spec and the versions in service ask of it. */
  readonly aggregates: readonly Aggregate[];
}

export interface MaterialisationPlan {
  readonly specRevision: number;
  /** How far the values shall go, ISO. */
  readonly asOf: string;
  readonly tables: readonly MaterialisedTable[];
}

export interface TableToMaterialise extends MaterialisedTable {
  readonly materialisationId: string;
  readonly model: ModelName;
  readonly specRevision: number;
  readonly asOf: string;
  readonly range: { readonly from: string; readonly until: string } | null;
}

export interface Written {
  /** Where the next call goes on; null when every entity is written. */
  readonly after: string | null;
  readonly events: number;
  readonly newestEventAt: number | null;
}

/** One call reads the whole table of events, so it is worth its while; but a heartbeat's cursor is lost with a worker's history. */
const ENTITIES_A_CALL = 500_000;

export function featureActivities({ db, artifacts, workDir, doorKeys, fetchQuery }: FeatureDependencies) {
  return {
    /** Which tables, which definitions, and up to when. Reads only. */
    async planMaterialisation({ model, until }: { model: ModelName; until: string | null }): Promise<MaterialisationPlan> {
      insistOnKey(doorKeys);
      const { spec, revision } = await currentSpec(db, model);
      const wanted = [...aggregatesOf(spec), ...(await aggregatesInService(model))];
      const tables = spec.events.flatMap(({ name }) => {
        const aggregates = uniqueByKey(wanted.filter(({ table }) => table === name));
        return aggregates.length === 0 ? [] : [{ table: name, aggregates }];
      });
      insistOnPast(until);
      if (tables.length === 0)
        throw new Failure('SpecInvalid', `${model} has no feature of a table of events, so there is nothing to materialise`, { model });
      return { specRevision: revision, asOf: until ?? new Date().toISOString(), tables };
    },

    /** Takes the fence. Safe to repeat: the same materialisation keeps its own. */
    async openMaterialisation(input: TableToMaterialise): Promise<Opened> {
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const { range } = input;
      return openMaterialisation(db, {
        ...input,
        staleAfterMs: tableOf(spec, input.table).staleAfterMs,
        keys: input.aggregates.map(aggregateKey),
        asOf: Date.parse(input.asOf),
        range: range && { from: Date.parse(range.from), until: Date.parse(range.until) },
      });
    },

    /**
     * Writes entities in the order of their hashes. Safe to repeat: the same entity gets the same values, and an attempt goes on
     * where the heartbeat of the one before it says.
     */
    async writeOnlineFeatures(input: TableToMaterialise & Opened & { readonly after: string | null }): Promise<Written> {
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const { range, table, aggregates, asOfMs, sinceMs } = input;
      const after = resumedFrom(Context.current().info.heartbeatDetails) ?? input.after;
      const moment = {
        asOf: asOfMs,
        since: sinceMs,
        range: range && { from: Date.parse(range.from), until: Date.parse(range.until) },
        after,
        atMost: ENTITIES_A_CALL,
      };
      const folder = await workFolder(workDir);
      return withHeartbeats(({ signal, progress }) =>
        withWorkFolder(folder, 'materialise', (own) => {
          if (after !== null) progress({ after });
          const options = { folder: own, keys: doorKeys, fetchQuery, signal, keep: path.join(folder, 'events-kept') };
          return eachOnlineEntity(spec, { table: tableOf(spec, table), aggregates, ...moment }, options, async (rows) => {
            await writeOnlineValues(db, { ...input, asOf: asOfMs, rows });
            progress({ after: rows.at(-1)?.hash ?? after });
            await faultPoint('materialised-some');
          });
        }),
      );
    },

    /** Moves the watermark and takes the figures. Safe to repeat: it happens once. */
    async completeMaterialisation(input: TableToMaterialise & Opened & Omit<Written, 'after'>): Promise<void> {
      await completeMaterialisation(db, { ...input, asOf: input.asOfMs, keys: input.aggregates.map(aggregateKey) });
    },
  };

  /** Champion and challenger may ask for definitions that the newest spec no longer has. */
  async function aggregatesInService(model: ModelName): Promise<Aggregate[]> {
    const served = (await readServedRoutes(db)).find(({ route }) => route.model === model);
    const manifests = await Promise.all((served?.versions ?? []).map(({ manifest }) => artifacts.readJson<Manifest>(manifest)));
    return manifests.flatMap(({ encoder }) => encoder.inputs.flatMap(({ online }) => (online ? [online] : [])));
  }
}

/** Gateways look values up by the keyed hash of an entity, so they are filed under it. */
function insistOnKey({ entity }: DoorKeys): void {
  if (entity !== null) return;
  const message =
    'online values are filed under keyed hashes, and there is no key: set UNDERSTUDY_ENTITY_KEY for the lifecycle worker to that of the gateways';
  throw new Failure('SourceUnreadable', message);
}

/** A watermark does not go back, so one of next year would stand until then. */
function insistOnPast(until: string | null): void {
  if (until === null || Date.parse(until) <= Date.now()) return;
  throw new Failure('SpecInvalid', `values cannot go as far as ${until}, which has not come yet: expected a time until now`, { until });
}

function aggregatesOf(spec: Spec): Aggregate[] {
  return rawInputs(spec).flatMap(({ online }) => (online ? [online] : []));
}

function uniqueByKey(aggregates: readonly Aggregate[]): Aggregate[] {
  return [...new Map(aggregates.map((aggregate) => [aggregateKey(aggregate), aggregate])).values()];
}

function tableOf(spec: Spec, name: string): Spec['events'][number] {
  const table = spec.events.find((each) => each.name === name);
  if (table) return table;
  throw new Failure('SpecInvalid', `the spec of ${spec.model} has no table of events called "${name}"`, { model: spec.model, name });
}

function resumedFrom(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('after' in details)) return null;
  return typeof details.after === 'string' ? details.after : null;
}
