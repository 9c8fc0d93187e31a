/** One ingest in a process of its own, so that its peak memory can be told. Prints JSON. */
import { readFileSync } from 'node:fs';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const [specFile, source, folder] = process.argv.slice(2) as [string, string, string];

async function main(): Promise<void> {
  const { spec } = parseSpec(readFileSync(specFile, 'utf8'), { file: specFile });
  const began = Date.now();
  const stages: Record<string, number> = {};
  const onProgress = (stage: string) => {
    stages[stage] = Date.now() - began;
  };
  const snapshot = await ingest({ spec, path: source, artifacts: openArtifacts(`${folder}/artifacts`), workDir: folder, onProgress });
  const { digest, rowsIn, rowsKept, setAside } = snapshot;
  process.stdout.write(
    JSON.stringify({ ms: Date.now() - began, stages, peakMb: peakMb(), digest, rowsIn, rowsKept, setAside: setAside.length }),
  );
}

/** The most that ever lay in memory, by the kernel's book. */
function peakMb(): number {
  const kb = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kb === undefined ? Number.NaN : Math.round(Number(kb) / 1_024);
}

void main();
