/** An ingest in a process of its own, which a test may kill. Prints the digests. */
import { readFileSync } from 'node:fs';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { armFaultHooks } from '../../src/fault-hooks.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const [specFile, source, folder, hooks] = process.argv.slice(2) as [string, string, string, string | undefined];

async function main(): Promise<void> {
  armFaultHooks(hooks ?? null);
  const { spec } = parseSpec(readFileSync(specFile, 'utf8'), { file: specFile });
  const keys = { personal: 'a key for personal columns', entity: 'a key for entities of this installation' };
  const snapshot = await ingest({ spec, path: source, artifacts: openArtifacts(`${folder}/artifacts`), workDir: folder, keys });
  const { digest, artifactDigest, quarantineDigest, rowsKept } = snapshot;
  process.stdout.write(JSON.stringify({ digest, artifactDigest, quarantineDigest, rowsKept }));
}

void main();
