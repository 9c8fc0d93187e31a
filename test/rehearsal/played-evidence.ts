/** What the live tables would say, kept up to date visit by visit: see src/store/live-evidence.ts for what each figure means. */
import { armOf, BUCKET_GROUPS, bucketOf } from '../../src/domain/buckets.ts';
import type { DecisionContract, JudgedStage, LiveEvidence } from '../../src/domain/decision-contract.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import type { Model } from './newsletter-models.ts';
import { playedLatency } from './played-latency.ts';
import { ENTITIES, hashOf, type PlayedVisits } from './played-visits.ts';

export interface Played {
  readonly contract: DecisionContract;
  readonly visits: PlayedVisits;
  readonly champion: Model;
  /** As it is live, which may be worse than it was on paper. */
  readonly challenger: Model;
  readonly seed: number;
}

interface ArmSums {
  readonly traffic: { predictions: number; errors: number }[];
  /** First predictions of entities in this arm, in the order of their times. */
  readonly firstAtMs: number[];
  readonly firstConverted: number[];
  matured: number;
  positives: number;
}

/** What happens in one request at `atMs`, and what is known at `nowMs`. */
export class PlayedEvidence {
  readonly #played: Played;
  readonly #paired = new Uint8Array(ENTITIES);
  readonly #inAnArm = new Uint8Array(ENTITIES);
  readonly #buckets = new Int16Array(ENTITIES).fill(-1);
  readonly #pairs = { atMs: [] as number[], labels: [] as number[], champion: [] as number[], challenger: [] as number[] };
  readonly #arms = { control: armSums(), challenger: armSums() };
  readonly #latency;
  #stored = 0;
  #storedBeforeStage = 0;
  #copiesOfChampion = 0;
  #answersSinceStage = 0;

  constructor(played: Played) {
    this.#played = played;
    this.#latency = playedLatency(played.contract, seededRandom(played.seed));
  }

  enterStage(): void {
    this.#storedBeforeStage = this.#stored;
    this.#answersSinceStage = 0;
  }

  request(atMs: number, visits: { from: number; count: number }, challengerBps: number): void {
    const inArms = { control: 0, challenger: 0 };
    for (let visit = visits.from; visit < visits.from + visits.count; visit++) {
      const entity = this.#played.visits.entityOf(visit);
      const bucket = this.#bucketOf(entity);
      const arm = armOf(bucket, { challengerBps, holdBackBps: 0 });
      this.#pair(atMs, visit, entity);
      if (arm !== 'challenger') this.#copiesOfChampion += 1;
      if (arm !== 'control' && arm !== 'challenger') continue;
      inArms[arm] += 1;
      this.#answer(this.#arms[arm], { atMs, visit, entity, bucket });
    }
    this.#answersSinceStage += inArms.challenger;
    if (inArms.control + inArms.challenger > 0) this.#latency.add({ atMs, ...inArms });
  }

  asOf(nowMs: number, stage: JudgedStage): LiveEvidence {
    const { contract } = this.#played;
    const sinceMs = Date.parse(stage.since);
    const pairs = this.#maturedPairs(nowMs - contract.label.maturityMs);
    const conversion = { control: this.#conversion('control', nowMs), challenger: this.#conversion('challenger', nowMs) };
    const isShadow = stage.kind === 'shadow';
    return {
      asOf: new Date(nowMs).toISOString(),
      stage: {
        sinceMs: nowMs - sinceMs,
        predictions: isShadow ? this.#stored - this.#storedBeforeStage : this.#answersSinceStage,
        maturedOutcomes: isShadow ? pairs.labels.length : conversion.challenger.entities,
      },
      errors: {
        control: seen(this.#arms.control),
        challenger: seen(this.#arms.challenger),
        shadow: { predictions: this.#copiesOfChampion, errors: 0 },
      },
      latency: this.#latency.asOf(nowMs, sinceMs),
      conversion,
      pairs,
      pairsStored: this.#stored,
      copiesDropped: 0,
    };
  }

  #bucketOf(entity: number): number {
    if (this.#buckets[entity] === -1) this.#buckets[entity] = bucketOf(this.#played.contract.rolloutId, hashOf(entity));
    return this.#buckets[entity]!;
  }

  /** Every answer is scored by the other version, too; only the first pair of an entity is ever asked for. */
  #pair(atMs: number, visit: number, entity: number): void {
    this.#stored += 1;
    if (this.#paired[entity] === 1) return;
    this.#paired[entity] = 1;
    const { visits, champion, challenger } = this.#played;
    const row = visits.rowOf(visit);
    this.#pairs.atMs.push(atMs);
    this.#pairs.labels.push(visits.converted(visit) ? 1 : 0);
    this.#pairs.champion.push(champion(row));
    this.#pairs.challenger.push(challenger(row));
  }

  #answer(arm: ArmSums, { atMs, visit, entity, bucket }: { atMs: number; visit: number; entity: number; bucket: number }): void {
    arm.traffic[bucket % BUCKET_GROUPS]!.predictions += 1;
    if (this.#inAnArm[entity] === 1) return;
    this.#inAnArm[entity] = 1;
    arm.firstAtMs.push(atMs);
    arm.firstConverted.push(this.#played.visits.converted(visit) ? 1 : 0);
  }

  #maturedPairs(untilMs: number): LiveEvidence['pairs'] {
    const { atMs, labels, champion, challenger } = this.#pairs;
    const matured = atMs.findLastIndex((at) => at <= untilMs) + 1;
    return { labels: labels.slice(0, matured), champion: champion.slice(0, matured), challenger: challenger.slice(0, matured) };
  }

  #conversion(name: 'control' | 'challenger', nowMs: number): LiveEvidence['conversion']['control'] {
    const arm = this.#arms[name];
    const untilMs = nowMs - this.#played.contract.primary.maturityMs;
    while (arm.matured < arm.firstAtMs.length && arm.firstAtMs[arm.matured]! <= untilMs) {
      arm.positives += arm.firstConverted[arm.matured]!;
      arm.matured += 1;
    }
    return { entities: arm.matured, positives: arm.positives };
  }
}

function armSums(): ArmSums {
  const traffic = Array.from({ length: BUCKET_GROUPS }, () => ({ predictions: 0, errors: 0 }));
  return { traffic, firstAtMs: [], firstConverted: [], matured: 0, positives: 0 };
}

/** A group without traffic has no row. */
function seen({ traffic }: ArmSums) {
  return traffic.filter(({ predictions }) => predictions > 0);
}
