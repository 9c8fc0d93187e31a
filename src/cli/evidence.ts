import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { evidenceFrom } from '../domain/stored-evidence.ts';
import { withExamples, withJson } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Misuse } from './context.ts';
import { evidenceSummary } from './evidence-summary.ts';
import { coloursFor, print, printJson } from './output.ts';
import { evidenceDigestOf, type Subject, subject, versionMeant } from './version-meant.ts';

interface Options {
  readonly out?: string;
  readonly page?: boolean;
  readonly json?: boolean;
}

export function registerEvidence(program: Command, context: CliContext): void {
  const command = program
    .command('evidence')
    .summary('what speaks for and against a version')
    .description(
      'Shows the evidence of an evaluation: verdict, reasons, figures, and the digest that an approval names. A model means its challenger, or else its newest version.',
    )
    .argument('<model-or-version>', 'churn, or churn@14', subject)
    .option('--page', 'write the page that explains it, one HTML file without anything around it')
    .option('--out <file>', 'write the evidence as JSON (or the page) into this file');
  withExamples(withJson(command), [
    'evidence churn',
    'evidence churn@14 --page --out churn-14.html',
    'evidence churn@14 --out churn-14.json',
  ]).action((asked: Subject, options: Options) => showEvidence(context, asked, options));
}

async function showEvidence(context: CliContext, asked: Subject, options: Options): Promise<void> {
  if (options.page && options.json) throw new Misuse('--json prints the evidence and --page writes a page; ask for one of them');
  await withRegistry(context, async (registry) => {
    const version = await versionMeant(registry, asked);
    const digest = await evidenceDigestOf(registry, version);
    const { openArtifacts } = await import('../artifacts/store.ts');
    const artifacts = openArtifacts(registry.config.artifactsUrl);
    const stored = await artifacts.readJson<unknown>(digest);
    const evidence = evidenceFrom(stored);

    if (options.page) return writePage(context, { evidence, digest, out: options.out ?? `${version.replace('@', '-')}-evidence.html` });
    if (options.out !== undefined) return writeEvidence(context, { artifacts, digest, out: options.out });
    if (options.json) return printJson(context, { version, digest, evidence: stored });
    return print(context, evidenceSummary(evidence, digest, coloursFor(context)));
  });
}

async function writePage(
  context: CliContext,
  { evidence, digest, out }: { evidence: Evidence; digest: Digest; out: string },
): Promise<void> {
  const { evidencePage } = await import('../reports/evidence-page.ts');
  const file = path.resolve(context.cwd, out);
  await writeFile(file, await evidencePage(evidence, { evidenceDigest: digest }));
  print(context, `the page is in ${file}; it shows the evidence ${digest}`);
}

async function writeEvidence(
  context: CliContext,
  { artifacts, digest, out }: { artifacts: ArtifactStore; digest: Digest; out: string },
): Promise<void> {
  const file = path.resolve(context.cwd, out);
  // The stored bytes, so that whoever gets the file can hash it and find the digest.
  await writeFile(file, await artifacts.read(digest));
  print(context, `the evidence is in ${file}; its SHA-256 is ${digest}`);
}
