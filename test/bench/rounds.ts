/** Contestants take turns within one run, so that a machine whose speed drifts slows all of them alike; medians and ratios are what is told. */
export interface Contestant {
  readonly name: string;
  /** Does one unit of work; `round` varies the input. */
  run(round: number): Promise<void>;
}

export async function compete(
  contestants: readonly [Contestant, ...Contestant[]],
  { rounds, unitsARound }: { rounds: number; unitsARound: number },
): Promise<string> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = -3; round < rounds; round += 1) {
    for (const { name, run } of contestants) {
      const began = process.hrtime.bigint();
      await run(round + 3);
      // The first rounds warm caches and compilers up.
      if (round >= 0) times.get(name)!.push(Number(process.hrtime.bigint() - began) / 1_000 / unitsARound);
    }
  }
  const baseline = contestants[0].name;
  const lines = contestants.map(({ name }) => {
    const ratios = times.get(name)!.map((time, round) => time / times.get(baseline)![round]!);
    return `${name.padEnd(44)} ${median(times.get(name)!).toFixed(2).padStart(9)} µs   ${median(ratios).toFixed(2).padStart(7)} ×`;
  });
  return [`${rounds} interleaved rounds, medians an item; ratio to "${baseline}", round by round`, ...lines].join('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
