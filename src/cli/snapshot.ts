import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { SnapshotRecord } from '../store/snapshot-records.ts';
import { sentence, withExamples, withJson, withModel, withReason } from './arguments.ts';
import { withRegistry } from './connections.ts';
import type { CliContext } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { coloursFor, print, printJson, seconds, short, table } from './output.ts';

export function registerSnapshot(program: Command, context: CliContext): void {
  const command = program
    .command('snapshot')
    .summary('the rows that trainings saw: list, show, withdraw')
    .description(
      'A snapshot is the rows that one training saw: immutable, and named by a digest of its content. `list` shows those of a model, `show` where one came from and what was trained on it, `withdraw` keeps every later training away from it and flags the versions that were trained on it.',
    );
  withExamples(command, [
    'snapshot list churn',
    'snapshot show 3f2a91c04d77',
    'snapshot withdraw 3f2a91c04d77 --reason "the export held test customers"',
  ]);
  withJson(withModel(command.command('list').summary('the snapshots of a model, newest first'))).action(
    (model: ModelName, options: { json?: boolean }) => list(context, model, options.json === true),
  );
  withJson(withSnapshot(command.command('show').summary('where a snapshot came from and what was trained on it'))).action(
    (digest: string, options: { json?: boolean }) => show(context, digest, options.json === true),
  );
  const withdrawing = command.command('withdraw').summary('no later training reads it; versions trained on it are flagged');
  withJson(withReason(withSnapshot(withdrawing))).action((digest: string, options: Withdrawing) => withdraw(context, digest, options));
}

function withSnapshot(command: Command): Command {
  return command.argument('<digest>', 'the digest of a snapshot, or its beginning', sentence);
}

async function list(context: CliContext, model: ModelName, json: boolean): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    await insistOnModel(db, model);
    const { snapshotsOf } = await import('../store/snapshot-records.ts');
    const snapshots = await snapshotsOf(db, model);
    if (json) return printJson(context, snapshots);
    if (snapshots.length === 0) return print(context, `${model} has no snapshot yet: understudy retrain ${model}`);
    const { bold } = coloursFor(context);
    const rows = snapshots.map((snapshot) => [
      short(snapshot.digest),
      seconds(snapshot.takenAt),
      sourceOf(snapshot),
      String(snapshot.rowsIn),
      String(snapshot.rowsKept),
      snapshot.versions.join(', ') || '-',
      snapshot.withdrawn ? `withdrawn by ${snapshot.withdrawn.by}` : '',
    ]);
    return print(context, table([['SNAPSHOT', 'TAKEN', 'FROM', 'ROWS IN', 'KEPT', 'TRAINED ON IT', ''].map(bold), ...rows]));
  });
}

async function show(context: CliContext, digest: string, json: boolean): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    const { snapshotNamed } = await import('../store/snapshot-records.ts');
    const snapshot = await snapshotNamed(db, digest);
    if (json) return printJson(context, snapshot);
    return print(context, page(snapshot));
  });
}

interface Withdrawing {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

async function withdraw(context: CliContext, digest: string, { reason, by, json }: Withdrawing): Promise<void> {
  await withRegistry(context, async ({ db, config }) => {
    const { snapshotNamed, withdrawSnapshot } = await import('../store/snapshot-records.ts');
    const { digest: whole } = await snapshotNamed(db, digest);
    const { changed, snapshot } = await withdrawSnapshot(db, whole, { by: by ?? config.actor, reason });
    if (json) return printJson(context, { changed, ...snapshot });
    const { withdrawn, versions } = snapshot;
    const what = changed
      ? 'is withdrawn: no later training reads it'
      : `was withdrawn already, by ${withdrawn!.by} at ${seconds(withdrawn!.at)}: ${withdrawn!.reason}`;
    const flagged =
      versions.length > 0 ? [`  trained on it: ${versions.join(', ')}; they go on until somebody retrains or rolls back`] : [];
    return print(context, [`snapshot ${short(whole)} ${what}`, ...flagged].join('\n'));
  });
}

function page(snapshot: SnapshotRecord): string {
  const { source, manifest, withdrawn } = snapshot;
  const lines = [
    ['snapshot', snapshot.digest],
    ['model', snapshot.model],
    ['taken', seconds(snapshot.takenAt)],
    ['from', sourceOf(snapshot)],
    ...(source.query ? [['query', String(source.query)]] : []),
    ['rows in', String(snapshot.rowsIn)],
    ['kept', String(snapshot.rowsKept)],
    ['set aside', counts(snapshot.setAside, ({ rule, column }) => `by ${rule}${column ? ` of ${column}` : ''}`)],
    ['left out', counts(snapshot.leftOut, ({ reason }) => reason)],
    ...(manifest.duplicates?.dropped
      ? [['duplicates', `${manifest.duplicates.dropped}, ${manifest.duplicates.equal} of them the same record`]]
      : []),
    ...(manifest.redriven ? [['brought back', String(manifest.redriven)]] : []),
    ['from time', snapshot.earliestAt ? `${seconds(snapshot.earliestAt)} to ${seconds(snapshot.latestAt ?? snapshot.earliestAt)}` : 'none'],
    [
      'hashed',
      Object.entries(manifest.hashed ?? {})
        .map(([column, { keyId }]) => `${column} (key ${keyId})`)
        .join(', ') || 'nothing',
    ],
    ['columns', snapshot.columns.map(({ name, type }) => `${name}: ${type}`).join(', ')],
    ['trained on it', snapshot.versions.join(', ') || 'nothing'],
    ...(withdrawn ? [['withdrawn', `by ${withdrawn.by} at ${seconds(withdrawn.at)}: ${withdrawn.reason}`]] : []),
  ];
  return table(lines);
}

function counts<Counted extends { readonly count: number }>(found: readonly Counted[], name: (each: Counted) => string): string {
  return found.map((each) => `${each.count} ${name(each)}`).join(', ') || 'none';
}

function sourceOf({ source }: SnapshotRecord): string {
  if (source.kind === 'postgres') return `a query on ${String(source.connection)}`;
  return typeof source.path === 'string' ? source.path : '-';
}
