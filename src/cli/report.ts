import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type Digest, modelOf, type VersionId } from '../domain/ids.ts';
import type { Shelf } from '../reports/keep-documents.ts';
import { withExamples, withJson } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { openInBrowser } from './open-in-browser.ts';
import { print, printJson, seconds, tell } from './output.ts';
import { evidenceDigestOf, type Subject, subject, versionMeant } from './version-meant.ts';

interface Options {
  readonly card?: boolean;
  readonly baseline?: boolean;
  readonly kept?: boolean;
  readonly out?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** A document as it leaves: what it is called, its bytes and digest, what to say of it, and its JSON. */
interface Made {
  readonly name: string;
  readonly extension: 'html' | 'json';
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly remark: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export function registerReport(program: Command, context: CliContext): void {
  const command = program
    .command('report')
    .summary('the page to approve on, the model card, the release baseline')
    .description(
      'Writes the report of a version: one HTML file, made from its stored evidence alone and compared with the page that was kept when it was evaluated. A model means its challenger, or else its newest version. Needs no Temporal.',
    )
    .argument('<model-or-version>', 'churn, or churn@14', subject)
    .option('--card', 'the model card instead, as of the newest event of the audit trail')
    .option('--baseline', 'the release baseline instead, as JSON: what later figures are held against')
    .option('--kept', 'the very bytes that were kept at the evaluation, whatever would be made today')
    .option('--out <file>', 'write it there (default: churn-14-report.html, churn-14-card.html)')
    .option('--open', 'open it in the browser');
  withExamples(withJson(command), [
    'report churn@14 --open',
    'report churn --card --out churn-card.html',
    'report churn@14 --baseline > churn-14-baseline.json',
  ]).action((asked: Subject, options: Options) => writeReport(context, asked, options));
}

async function writeReport(context: CliContext, asked: Subject, options: Options): Promise<void> {
  if ([options.card, options.baseline, options.kept].filter(Boolean).length > 1) {
    throw new Misuse('--card, --baseline and --kept name different documents; ask for one of them');
  }
  if (options.baseline && options.open) throw new Misuse('the release baseline is JSON and is not opened in a browser; leave --open out');
  await withRegistry(context, async (registry) => {
    const version = await versionMeant(registry, asked);
    const { openArtifacts } = await import('../artifacts/store.ts');
    const shelf: Shelf = { db: registry.db, artifacts: openArtifacts(registry.config.artifactsUrl) };
    const made = await documentOf(shelf, version, options);

    const isFile = options.out !== undefined || options.open === true || (made.extension === 'html' && !options.json);
    const file = path.resolve(context.cwd, options.out ?? `${version.replace('@', '-')}-${made.name}.${made.extension}`);
    if (isFile) await writeFile(file, made.bytes);
    if (options.json) printJson(context, { ...made.object, ...(isFile ? { file } : {}) });
    else if (isFile) print(context, `the ${made.name} of ${version} is in ${file}; its SHA-256 is ${made.digest}`);
    else printJson(context, JSON.parse(Buffer.from(made.bytes).toString('utf8')));
    if (made.remark !== '' && !options.json) tell(context, made.remark);
    if (options.open) await openInBrowser(context, file);
  });
}

async function documentOf(shelf: Shelf, version: VersionId, options: Options): Promise<Made> {
  if (options.card || options.baseline) await insistOnRegistered(shelf, version);
  if (options.card) return cardOf(shelf, version);
  if (options.baseline) return baselineOf(shelf, version);
  return reportOf(shelf, version, options.kept === true);
}

/** A version whose evaluation did not pass has evidence and a report, and nothing else yet. */
async function insistOnRegistered({ db }: Shelf, version: VersionId): Promise<void> {
  const [{ evaluationOf }, { versionsOf }] = await Promise.all([import('../store/evaluations.ts'), import('../store/registry.ts')]);
  const known = await versionsOf(db, modelOf(version));
  if (known.some((registered) => registered.version === version) || (await evaluationOf(db, version)) === null) return;
  throw new Refused(
    `${version} was evaluated and is not registered, because its evaluation did not pass or still waits for a waiver: there is a report of it, but no model card and no release baseline`,
  );
}

async function reportOf({ db, artifacts }: Shelf, version: VersionId, wantsKept: boolean): Promise<Made> {
  const [{ evaluationOf }, { evidencePage }, { evidenceFrom }, { sha256 }] = await Promise.all([
    import('../store/evaluations.ts'),
    import('../reports/evidence-page.ts'),
    import('../domain/stored-evidence.ts'),
    import('../artifacts/store.ts'),
  ]);
  const evidenceDigest = await evidenceDigestOf({ db }, version);
  const kept = (await evaluationOf(db, version))?.pageDigest ?? null;
  const evidence = await artifacts.readJson<unknown>(evidenceDigest);
  const object = { version, document: 'report', evidenceDigest, keptDigest: kept };
  if (wantsKept) {
    if (kept === null) throw new Refused(`no page was kept when ${version} was evaluated; leave --kept out to have one made`);
    const bytes = await artifacts.read(kept);
    return {
      name: 'report',
      extension: 'html',
      bytes,
      digest: kept,
      remark: '',
      object: { ...object, digest: kept, sameAsKept: true, evidence },
    };
  }
  const bytes = Buffer.from(await evidencePage(evidenceFrom(evidence), { evidenceDigest }));
  const digest = sha256(bytes);
  return {
    name: 'report',
    extension: 'html',
    bytes,
    digest,
    remark: comparison(digest, kept),
    object: { ...object, digest, sameAsKept: kept === null ? null : digest === kept, evidence },
  };
}

function comparison(digest: Digest, kept: Digest | null): string {
  if (kept === null) return 'no page was kept when it was evaluated; this one is made from its evidence';
  if (digest === kept) return 'it has the very bytes of the page that was kept when it was evaluated';
  return `the page that was kept when it was evaluated has other bytes (${kept}): another release of Understudy made it; --kept writes that one`;
}

async function cardOf(shelf: Shelf, version: VersionId): Promise<Made> {
  const { keepModelCard } = await import('../reports/keep-documents.ts');
  const { context, contextDigest, page, pageDigest } = await keepModelCard(shelf, version);
  return {
    name: 'card',
    extension: 'html',
    bytes: Buffer.from(page),
    digest: pageDigest,
    remark: context.asOf === null ? '' : `it was made after event ${context.asOf.sequence}; what happens later is not in it`,
    object: { version, document: 'model-card', digest: pageDigest, contextDigest, context },
  };
}

async function baselineOf(shelf: Shelf, version: VersionId): Promise<Made> {
  const { keepReleaseBaseline } = await import('../reports/keep-documents.ts');
  const { baseline, digest, keptAt } = await keepReleaseBaseline(shelf, version);
  return {
    name: 'baseline',
    extension: 'json',
    bytes: Buffer.from(await shelf.artifacts.read(digest)),
    digest,
    remark:
      keptAt === null
        ? `${version} was never champion: this is shown, and not kept as a release baseline`
        : `it was kept at ${seconds(keptAt)}; its SHA-256 is ${digest}`,
    object: { version, document: 'release-baseline', digest, keptAt, baseline },
  };
}
