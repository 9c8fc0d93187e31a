/** Prints the digests of every page: run by a test in a process of its own, in another time zone and language. */
import { sha256 } from '../../src/artifacts/store.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { contextText, modelCard } from '../../src/reports/model-card.ts';
import { aCardContext } from './a-model-card.ts';
import { anEvidence, anUpliftEvidence, aRegressionEvidence, evidenceDigest } from './an-evidence.ts';

export async function digestsOfPages(): Promise<readonly string[]> {
  const all = [anEvidence(), aRegressionEvidence(), anUpliftEvidence()];
  // One after the other and from plain JSON, as stored evidence is.
  const digests: string[] = [];
  for (const evidence of all.map((each) => JSON.parse(JSON.stringify(each)) as typeof each)) {
    const context = aCardContext({ evidence });
    digests.push(sha256(await evidencePage(evidence, { evidenceDigest })));
    digests.push(sha256(modelCard(evidence, JSON.parse(contextText(context)), { contextDigest: sha256(contextText(context)) })));
  }
  return digests;
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await digestsOfPages()));
