/**
 * Sticky, monotone assignment. An entity falls into one of 10,000 buckets, salted per rollout. The challenger grows from the
 * bottom, its equal-sized control arm from the top, so that raising the share moves nobody out of either.
 */
export const BUCKETS = 10_000;
/** Groups of buckets over which variances are computed, so that repeated predictions of one entity do not count as independent. */
export const BUCKET_GROUPS = 100;

export const arms = ['champion', 'control', 'challenger', 'hold-back'] as const;
export type Arm = (typeof arms)[number];

/** MurmurHash3 x86 32-bit (Appleby, public domain). CRC32 would be wrong here: two salted canaries would never overlap. */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0;
  const length = text.length;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    let block =
      (text.charCodeAt(index) & 0xff) |
      ((text.charCodeAt(index + 1) & 0xff) << 8) |
      ((text.charCodeAt(index + 2) & 0xff) << 16) |
      ((text.charCodeAt(index + 3) & 0xff) << 24);
    block = scramble(block);
    hash ^= block;
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let shift = 0; index < length; index += 1, shift += 8) tail |= (text.charCodeAt(index) & 0xff) << shift;
  hash ^= scramble(tail);
  hash ^= length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/** The bucket (0 to 9,999) of an entity's keyed hash (ASCII hex) under a rollout's salt. */
export function bucketOf(salt: string, entityHash: string): number {
  return murmur3(`${salt}:${entityHash}`) % BUCKETS;
}

export interface ArmSizes {
  /** Share of the challenger, basis points; its control arm has the same. At most 5,000. */
  readonly challengerBps: number;
  /** Share kept by the previous champion after a promotion, basis points. */
  readonly holdBackBps: number;
}

/** Which arm a bucket belongs to. Challenger from the bottom, control from the top; a hold-back stays where the control arm was, so its entities never change. */
export function armOf(bucket: number, sizes: ArmSizes): Arm {
  if (bucket < sizes.challengerBps) return 'challenger';
  if (bucket >= BUCKETS - sizes.challengerBps) return 'control';
  if (sizes.challengerBps === 0 && bucket >= BUCKETS - sizes.holdBackBps) return 'hold-back';
  return 'champion';
}
