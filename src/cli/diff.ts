import type { Command } from 'commander';
import type { ColumnDifference, ColumnSummary, SnapshotDifference } from '../data/profile-difference.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import type { SnapshotRecord } from '../store/snapshot-records.ts';
import { sentence, withExamples, withJson } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import { type CliContext, Refused } from './context.ts';
import { coloursFor, print, printJson, seconds, short, table } from './output.ts';

/** The product's words for the population stability index. */
const SIGNIFICANT = 0.1;
const MAJOR = 0.25;

export function registerDiff(program: Command, context: CliContext): void {
  const command = program
    .command('diff')
    .summary('what has moved between two snapshots')
    .description(
      'Compares two snapshots column by column, what has moved most first: population stability index (0.1 is significant, 0.25 major; none of times, which always move), missing values, distinct values, means and commonest values. The first may have been withdrawn: its profile stays.',
    )
    .argument('<before>', 'the earlier snapshot, by the beginning of its digest', sentence)
    .argument('<after>', 'the later snapshot, by the beginning of its digest', sentence);
  withExamples(withJson(command), ['diff 3fa9c1 88b07d', 'diff 3fa9c1 88b07d --json', 'snapshot list churn    # shows the digests']).action(
    (before: string, after: string, options: { json?: boolean }) => diff(context, { before, after }, options.json === true),
  );
}

async function diff(context: CliContext, asked: { before: string; after: string }, json: boolean): Promise<void> {
  await withRegistry(context, async (registry) => {
    const { snapshotNamed } = await import('../store/snapshot-records.ts');
    const [before, after] = [await snapshotNamed(registry.db, asked.before), await snapshotNamed(registry.db, asked.after)];
    if (after.withdrawn)
      throw new Refused(
        `snapshot ${short(after.digest)} was withdrawn (${after.withdrawn.reason}) and is read no more; its profile stays, so that it can be named first`,
      );
    const { openArtifacts } = await import('../artifacts/store.ts');
    const { differenceFrom } = await import('../data/profile-difference.ts');
    const artifacts = openArtifacts(registry.config.artifactsUrl);
    const path = await artifacts.verifiedPathOf(after.artifact);
    const difference = await differenceFrom(await profileOf(registry, before), path, context.signal);
    if (json) return printJson(context, { snapshots: { before: before.digest, after: after.digest }, ...difference });
    return print(context, page(context, { before, after, difference }));
  });

  async function profileOf({ db, config }: Registry, snapshot: SnapshotRecord): Promise<SnapshotProfile> {
    const [{ openArtifacts }, profiles, { profileFile }] = await Promise.all([
      import('../artifacts/store.ts'),
      import('../store/profiles.ts'),
      import('../data/profile-difference.ts'),
    ]);
    const artifacts = openArtifacts(config.artifactsUrl);
    const stored = await profiles.profileOf(db, snapshot.digest);
    if (stored) return artifacts.readJson<SnapshotProfile>(stored);
    return profileFile(await artifacts.verifiedPathOf(snapshot.artifact), context.signal);
  }
}

interface Compared {
  readonly before: SnapshotRecord;
  readonly after: SnapshotRecord;
  readonly difference: SnapshotDifference;
}

function page(context: CliContext, { before, after, difference }: Compared): string {
  const { bold, red, yellow } = coloursFor(context);
  const side = (record: SnapshotRecord, { rows, latestAt, labelMean }: SnapshotDifference['before']) =>
    `${short(record.digest)} of ${record.model}: ${rows.toLocaleString('en-US')} rows${latestAt ? `, newest ${seconds(latestAt)}` : ''}, label ${labelMean === null ? 'unknown' : figure(labelMean)}`;
  const index = ({ psi, is }: ColumnDifference) => {
    if (psi === null) return is === 'in both' ? '–' : is;
    const text = psi.toFixed(3);
    return psi >= MAJOR ? red(text) : psi >= SIGNIFICANT ? yellow(text) : text;
  };
  const rows = difference.columns.map((column) => [column.column, index(column), ...changes(column.before, column.after)]);
  return [
    `before  ${side(before, difference.before)}`,
    `after   ${side(after, difference.after)}`,
    '',
    table([['COLUMN', 'PSI', 'MISSING', 'DISTINCT', 'TYPICAL'].map(bold), ...rows]),
  ].join('\n');
}

function changes(before: ColumnSummary | null, after: ColumnSummary | null): string[] {
  const shown = (show: (summary: ColumnSummary) => string) => {
    const [from, to] = [before ? show(before) : 'none', after ? show(after) : 'none'];
    return from === to ? from : `${from} → ${to}`;
  };
  return [
    shown(({ nullShare }) => `${figure(nullShare * 100)} %`),
    shown(({ distinct }) => distinct.toLocaleString('en-US')),
    shown(typical),
  ];
}

/** A table with whole paragraphs in it is none. */
const LONGEST_VALUE = 40;

function typical({ type, mean, top }: ColumnSummary): string {
  if (mean !== null) return type === 'time' ? new Date(mean).toISOString().slice(0, 10) : figure(mean);
  if (top === null) return '';
  const letters = Array.from(top.value.replaceAll(/\s+/g, ' '));
  const value = letters.length > LONGEST_VALUE ? `${letters.slice(0, LONGEST_VALUE).join('')}…` : letters.join('');
  return `${value} ${figure(top.share * 100)} %`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
