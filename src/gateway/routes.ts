/**
 * Which route each model's requests obey. The newest (epoch, revision) wins; its versions are loaded and warmed before it is obeyed;
 * it is acknowledged only when nothing that began under an older one is under way, so that no challenger answers, or is logged,
 * after the acknowledgement of the route that took it off.
 */
import type { VersionId } from '../domain/ids.ts';
import { isNewer } from '../domain/route.ts';
import type { RouteStampOf } from '../store/gateways.ts';
import type { ServedRoute } from '../store/routes-reading.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { ModelCache } from './models.ts';
import { createServing, type Serving } from './serving.ts';

export interface RouteBookOptions {
  readonly cache: ModelCache;
  readonly leaseMs: number;
  readonly acknowledge: (stamp: RouteStampOf) => Promise<void>;
  /** Called with all routes obeyed whenever one has changed. */
  readonly onObeyed: (routes: readonly ServedRoute[], changed: ServedRoute) => void;
  readonly onTrouble: (sentence: string) => void;
}

export interface RouteBook {
  serving(model: string): Serving | undefined;
  models(): readonly string[];
  /** Whether what this model obeys was the newest route within the lease. */
  leaseAlive(model: string): boolean;
  /** What Postgres (or the disk) says. `heardAt`: when it was asked, on performance.now's clock; null for what only the disk says. */
  offer(routes: readonly ServedRoute[], heardAt: number | null): void;
  /** Acknowledges what is obeyed and not yet acknowledged; `all`: everything again, for a database that has forgotten. */
  acknowledge(which: 'pending' | 'all'): Promise<void>;
  /** Sentences about champions that can't be served as their newest route says. */
  unservedModels(): readonly string[];
  /** Resolves when every attempt under way has ended; for tests and for the first moments of a process. */
  settled(): Promise<void>;
}

const RETRY_MS = 2_000;

interface Entry {
  offered: ServedRoute;
  obeyed: ServedRoute | null;
  serving: Serving | undefined;
  confirmedAt: number;
  attemptedAt: number;
  attempts: Set<Promise<void>>;
  drained: Promise<void>;
  /** Obeyed, and nothing older under way. */
  settledStamp: RouteStampOf | null;
  acknowledged: RouteStampOf | null;
  trouble: string | null;
}

export function routeBook(options: RouteBookOptions): RouteBook {
  const entries = new Map<string, Entry>();

  const offerOne = (served: ServedRoute, heardAt: number | null): void => {
    const entry = entries.get(served.route.model) ?? newEntry(served);
    entries.set(served.route.model, entry);
    if (isNewer(entry.offered.route, served.route)) return;
    const isNews = entry.attemptedAt < 0 || isNewer(served.route, entry.offered.route) || knowsOtherFields(served, entry.offered);
    const isDue = !isComplete(entry) && entry.attempts.size === 0 && performance.now() - entry.attemptedAt > RETRY_MS;
    entry.offered = served;
    if (isNews || isDue) attempt(entry, served, heardAt);
    if (isObeying(entry, served)) confirm(entry, heardAt);
  };

  const confirm = (entry: Entry, heardAt: number | null): void => {
    if (heardAt !== null) entry.confirmedAt = Math.max(entry.confirmedAt, heardAt);
  };

  const attempt = (entry: Entry, served: ServedRoute, heardAt: number | null): void => {
    entry.attemptedAt = performance.now();
    const work: Promise<void> = takeOn(entry, served)
      .then(() => (isObeying(entry, served) ? confirm(entry, heardAt) : undefined))
      .finally(() => entry.attempts.delete(work));
    entry.attempts.add(work);
  };

  /** Attempts may overlap, so that a slow one never keeps a rollback waiting; whichever ends later looks again at who is newest. */
  const takeOn = async (entry: Entry, served: ServedRoute): Promise<void> => {
    const { route } = served;
    const [champion, challenger, holdBack] = await Promise.all([
      load(served, route.champion),
      load(served, route.challenger),
      load(served, route.holdBack),
    ]);
    const complaints = [champion, challenger, holdBack].flatMap((part) => (part instanceof Error ? [part.message] : []));
    const trouble = complaints.length > 0 ? complaints.join('; ') : null;
    if (trouble !== null && trouble !== entry.trouble) options.onTrouble(trouble);
    entry.trouble = trouble;
    // Without the champion it names, the route can't be obeyed: the last good one goes on, and goes on being unacknowledged.
    if (champion === null || champion instanceof Error) return;
    if (entry.obeyed !== null && isNewer(entry.obeyed.route, route)) return;
    const { specFeatures, personal = [] } = served;
    obey(
      entry,
      served,
      createServing({ route, champion, challenger: orNull(challenger), holdBack: orNull(holdBack), specFeatures, personal }),
    );
  };

  const load = async (served: ServedRoute, version: VersionId | null): Promise<LoadedModel | null | Error> => {
    if (version === null) return null;
    const artifacts = served.versions.find((known) => known.version === version);
    if (!artifacts) return new Error(`${version} is routed to, but the registry does not know it`);
    return options.cache.load(artifacts).catch((error: Error) => new Error(`${version} could not be loaded: ${error.message}`));
  };

  const obey = (entry: Entry, served: ServedRoute, serving: Serving): void => {
    const before = entry.serving;
    entry.serving = serving;
    entry.obeyed = served;
    const { model, revision, epoch } = served.route;
    const retired = before?.retire() ?? Promise.resolve();
    entry.drained = Promise.all([entry.drained, retired]).then(() => {
      entry.settledStamp = { model, revision, epoch };
      return acknowledgeEntry(entry);
    });
    const obeyed = [...entries.values()].flatMap((known) => (known.obeyed === null ? [] : [known.obeyed]));
    options.onObeyed(obeyed, served);
    options.cache.letGoAllBut(namedVersions());
  };

  const namedVersions = (): Set<VersionId> =>
    new Set(
      [...entries.values()]
        .flatMap(({ obeyed, offered }) => [...(obeyed?.versions ?? []), ...offered.versions])
        .map(({ version }) => version),
    );

  const acknowledgeEntry = async (entry: Entry): Promise<void> => {
    const stamp = entry.settledStamp;
    if (stamp === null || (entry.acknowledged !== null && !isNewer(stamp, entry.acknowledged))) return;
    // Without Postgres it is told at the next contact.
    await options.acknowledge(stamp).then(
      () => {
        entry.acknowledged = stamp;
      },
      () => undefined,
    );
  };

  return {
    serving: (model) => entries.get(model)?.serving,
    models: () => [...entries.values()].filter(({ serving }) => serving !== undefined).map(({ offered }) => offered.route.model),
    leaseAlive(model) {
      const entry = entries.get(model);
      return entry !== undefined && performance.now() - entry.confirmedAt < options.leaseMs;
    },
    offer(routes, heardAt) {
      for (const served of routes) offerOne(served, heardAt);
      options.cache.letGoAllBut(namedVersions());
    },
    async acknowledge(which) {
      if (which === 'all') for (const entry of entries.values()) entry.acknowledged = null;
      await Promise.all([...entries.values()].map(acknowledgeEntry));
    },
    unservedModels: () =>
      [...entries.values()].flatMap((entry) => (entry.trouble !== null && !isObeying(entry, entry.offered) ? [entry.trouble] : [])),
    async settled() {
      const pending = [...entries.values()];
      await Promise.all(pending.flatMap(({ attempts }) => [...attempts]));
      await Promise.all(pending.map(({ drained }) => drained));
    },
  };
}

function newEntry(served: ServedRoute): Entry {
  return {
    offered: served,
    obeyed: null,
    serving: undefined,
    confirmedAt: Number.NEGATIVE_INFINITY,
    attemptedAt: Number.NEGATIVE_INFINITY,
    attempts: new Set(),
    drained: Promise.resolve(),
    settledStamp: null,
    acknowledged: null,
    trouble: null,
  };
}

function orNull(part: LoadedModel | null | Error): LoadedModel | null {
  return part instanceof Error ? null : part;
}

function isObeying({ obeyed }: Entry, { route }: ServedRoute): boolean {
  return obeyed !== null && obeyed.route.revision === route.revision && obeyed.route.epoch === route.epoch;
}

function isComplete({ serving, obeyed, offered }: Entry): boolean {
  if (serving === undefined || obeyed === null || isNewer(offered.route, obeyed.route)) return false;
  const { route } = serving;
  return (route.challenger === null) === (serving.challenger === null) && (route.holdBack === null) === (serving.holdBack === null);
}

function knowsOtherFields(one: ServedRoute, other: ServedRoute): boolean {
  const fieldsOf = ({ specFeatures, personal = [] }: ServedRoute) => JSON.stringify([specFeatures, personal]);
  return fieldsOf(one) !== fieldsOf(other);
}
