/**
 * Random numbers that are a function of a seed and of what they are about (customer 7's device, visit 12's mood), instead of the order
 * in which they are drawn: so a customer stays the same person wherever they turn up, and any row can be made without the ones before it.
 */
export interface Randomness {
  /** Uniform on [0, 1), 32 bits. */
  uniform(about: number, aspect: number): number;
  /** Standard normal. */
  normal(about: number, aspect: number): number;
}

export function randomness(seed: number): Randomness {
  const start = scrambled(seed ^ 0x5eed);
  const uniform = (about: number, aspect: number) =>
    scrambled(scrambled(start ^ Math.imul(about + 1, 0x9e3779b1)) ^ Math.imul(aspect + 1, 0x85ebca77)) / 2 ** 32;
  return {
    uniform,
    // Box-Muller; the second uniform takes an aspect of its own.
    normal: (about, aspect) =>
      Math.sqrt(-2 * Math.log(1 - uniform(about, aspect))) * Math.cos(2 * Math.PI * uniform(about, aspect + 1_000)),
  };
}

/** The finalizer of MurmurHash3 (public domain, A. Appleby): every input bit changes every output bit with probability one half. */
function scrambled(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
