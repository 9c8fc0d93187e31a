/** Seeded randomness: the same seed gives the same numbers on every machine. Not for secrets. */
export interface Random {
  /** In [0, 1), 32 random bits. */
  readonly uniform: () => number;
  readonly normal: () => number;
}

/** mulberry32 (T. Ettinger, public domain) with normal draws by the polar method (Marsaglia & Bray 1964). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let spare: number | null = null;

  function uniform(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  function normal(): number {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  }

  return { uniform, normal };
}
