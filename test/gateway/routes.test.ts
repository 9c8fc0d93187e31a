import { expect, test, vi } from 'vitest';
import { digest, rolloutId, shareBps, type VersionId, versionId } from '../../src/domain/ids.ts';
import { type LoadedModel, loadedModel } from '../../src/gateway/loaded-model.ts';
import { modelCache } from '../../src/gateway/models.ts';
import { routeBook } from '../../src/gateway/routes.ts';
import type { RouteStampOf } from '../../src/store/gateways.ts';
import type { ServedRoute } from '../../src/store/routes-reading.ts';
import { anEncoder } from '../support/served-model.ts';

const [first, second] = [versionId('churn@1'), versionId('churn@2')];
const someDigest = digest('a'.repeat(64));

interface Wanted {
  readonly revision: number;
  readonly epoch?: number;
  readonly champion?: VersionId;
  readonly challenger?: VersionId | null;
}

function aServedRoute({ revision, epoch = 0, champion = first, challenger = null }: Wanted): ServedRoute {
  const versions = [champion, ...(challenger === null ? [] : [challenger])].map((version) => ({
    version,
    artifact: someDigest,
    manifest: someDigest,
  }));
  return {
    route: {
      model: 'churn',
      champion,
      challenger,
      challengerShareBps: shareBps(challenger === null ? 0 : 500),
      salt: 's',
      holdBack: null,
      holdBackBps: shareBps(0),
      heldBy: rolloutId('r'),
      revision,
      epoch,
    },
    versions,
    specFeatures: [],
  };
}

const aModel = (version: VersionId): LoadedModel =>
  loadedModel(version, { encoder: anEncoder() }, { score: async (_, n) => new Float32Array(n), close: () => undefined });

function aBook({ load = async (version: VersionId) => aModel(version), leaseMs = 1_000 } = {}) {
  const acknowledged: string[] = [];
  const troubles: string[] = [];
  let isAway = false;
  const book = routeBook({
    cache: modelCache(({ version }) => load(version)),
    leaseMs,
    acknowledge: async ({ epoch, revision }: RouteStampOf) => {
      if (isAway) throw new Error('away');
      acknowledged.push(`${epoch}.${revision}`);
    },
    onObeyed: () => undefined,
    onTrouble: (sentence) => troubles.push(sentence),
  });
  const offer = async (wanted: Wanted) => {
    book.offer([aServedRoute(wanted)], performance.now());
    await nextTurns();
  };
  return { book, acknowledged, troubles, offer, away: (is: boolean) => (isAway = is), obeyed: () => book.serving('churn')?.route.revision };
}

/** Long enough for everything that waits for nothing but other promises. */
async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('the newest epoch and revision wins, in whatever order they are heard', async () => {
  const { offer, obeyed } = aBook();
  await offer({ revision: 5 });
  await offer({ revision: 4, challenger: second });
  expect(obeyed()).toBe(5);
  await offer({ revision: 3, epoch: 1 });
  expect(obeyed()).toBe(3);
  await offer({ revision: 9, epoch: 0, challenger: second });
  expect(obeyed()).toBe(3);
});

test('a route is acknowledged only when nothing that began under an older one is under way', async () => {
  const { book, offer, acknowledged, obeyed } = aBook();
  await offer({ revision: 1, challenger: second });
  const before = book.serving('churn')!;
  before.enter();
  before.enter();
  await offer({ revision: 2, epoch: 1 });
  expect(obeyed()).toBe(2);
  expect(acknowledged).toEqual(['0.1']);
  before.leave();
  await nextTurns();
  expect(acknowledged).toEqual(['0.1']);
  before.leave();
  await nextTurns();
  expect(acknowledged).toEqual(['0.1', '1.2']);
});

test('what is under way under an older route holds back the acknowledgement of every later one', async () => {
  const { book, offer, acknowledged } = aBook();
  await offer({ revision: 1, challenger: second });
  const slow = book.serving('churn')!;
  slow.enter();
  await offer({ revision: 2 });
  await offer({ revision: 3 });
  expect(acknowledged).toEqual(['0.1']);
  slow.leave();
  await nextTurns();
  expect(acknowledged.at(-1)).toBe('0.3');
});

test('an acknowledgement that cannot be told now is told at the next contact, and all again to a database that forgot', async () => {
  const { book, offer, acknowledged, away } = aBook();
  away(true);
  await offer({ revision: 1 });
  expect(acknowledged).toEqual([]);
  away(false);
  await book.acknowledge('pending');
  await book.acknowledge('pending');
  expect(acknowledged).toEqual(['0.1']);
  await book.acknowledge('all');
  expect(acknowledged).toEqual(['0.1', '0.1']);
});

test('a rollback does not wait for the loading of the version it takes off', async () => {
  const load = (version: VersionId) => (version === second ? new Promise<LoadedModel>(() => undefined) : Promise.resolve(aModel(version)));
  const { offer, obeyed, acknowledged } = aBook({ load });
  await offer({ revision: 1 });
  await offer({ revision: 2, challenger: second });
  expect(obeyed()).toBe(1);
  await offer({ revision: 3, epoch: 1 });
  expect(obeyed()).toBe(3);
  expect(acknowledged.at(-1)).toBe('1.3');
});

test('a version that was slow to load does not bring its older route back', async () => {
  let finish: (model: LoadedModel) => void = () => undefined;
  const load = (version: VersionId) =>
    version === second ? new Promise<LoadedModel>((resolve) => (finish = resolve)) : Promise.resolve(aModel(version));
  const { offer, obeyed } = aBook({ load });
  await offer({ revision: 1, challenger: second });
  await offer({ revision: 2, epoch: 1 });
  finish(aModel(second));
  await nextTurns();
  expect(obeyed()).toBe(2);
});

test('a champion that cannot be loaded leaves the last good route in force, unacknowledged, and is named', async () => {
  const load = async (version: VersionId) => {
    if (version === second) throw new Error('its bytes were changed');
    return aModel(version);
  };
  const { book, offer, obeyed, acknowledged, troubles } = aBook({ load });
  await offer({ revision: 1 });
  await offer({ revision: 2, champion: second });
  expect(obeyed()).toBe(1);
  expect(acknowledged).toEqual(['0.1']);
  expect(troubles).toEqual(['churn@2 could not be loaded: its bytes were changed']);
  expect(book.unservedModels()).toEqual(troubles);
});

test('a challenger that cannot be loaded is routed to without it, and is named once', async () => {
  const load = async (version: VersionId) => {
    if (version === second) throw new Error('its bytes were changed');
    return aModel(version);
  };
  const { book, offer, acknowledged, troubles } = aBook({ load });
  await offer({ revision: 1, challenger: second });
  await offer({ revision: 1, challenger: second });
  expect(book.serving('churn')).toMatchObject({ challenger: null });
  expect(acknowledged).toEqual(['0.1']);
  expect(troubles).toHaveLength(1);
  expect(book.unservedModels()).toEqual([]);
});

test('the lease is counted from when the question was asked, and only while the newest route is obeyed', async () => {
  const load = async (version: VersionId) => {
    if (version === second) throw new Error('gone');
    return aModel(version);
  };
  const { book } = aBook({ load, leaseMs: 1_000 });
  book.offer([aServedRoute({ revision: 1 })], performance.now() - 900);
  await nextTurns();
  expect(book.leaseAlive('churn')).toBe(true);
  book.offer([aServedRoute({ revision: 1 })], null);
  book.offer([aServedRoute({ revision: 2, champion: second })], performance.now());
  // Had the last offer counted, the lease would be alive for a whole second more.
  await vi.waitFor(() => expect(book.leaseAlive('churn')).toBe(false), { timeout: 700, interval: 5 });
  expect(book.leaseAlive('unknown')).toBe(false);
});
