import type { Command } from 'commander';
import { formatDuration } from '../domain/duration.ts';
import type { ModelName } from '../domain/ids.ts';
import type { FeatureLineage } from '../features/lineage.ts';
import type { OnlineFigures } from '../store/materialisations.ts';
import type { Manifest } from '../training/manifest.ts';
import { withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import type { CliContext } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { coloursFor, print, printJson, seconds, table } from './output.ts';

export function registerFeatures(program: Command, context: CliContext): void {
  const command = program
    .command('features')
    .summary('the features of a model: what they are made of, whose they are, who uses them')
    .description(
      'Lists the features of the newest spec with the source columns they are made of, their owner and version, and the registered versions that use them; and of those that are read online how fresh, how empty and how different their values are.',
    );
  withExamples(withJson(withModel(command)), ['features churn', 'features churn --json']).action(
    (model: ModelName, options: { json?: boolean }) => showFeatures(context, model, options.json === true),
  );
}

async function showFeatures(context: CliContext, model: ModelName, json: boolean): Promise<void> {
  await withRegistry(context, async (registry) => {
    await insistOnModel(registry.db, model);
    const { features, online } = await found(registry, model);
    if (json) return printJson(context, { model, features, online });
    const { bold } = coloursFor(context);
    // A column that nobody has filled in only takes room.
    const described = features.some(({ description }) => description !== '');
    const heads = ['FEATURE', 'TYPE', 'MADE OF', 'FROM', 'OWNER', 'VERSION', 'USED BY', ...(described ? ['DESCRIPTION'] : [])];
    print(
      context,
      table([heads.map(bold), ...features.map((feature) => [...rowOf(feature), ...(described ? [feature.description] : [])])]),
    );
    if (online.length === 0) return;
    print(context, '');
    print(
      context,
      table([['ONLINE', 'UP TO', 'ENTITIES', 'WITHOUT A VALUE', 'DIFFERENT', 'NEWEST EVENT', ''].map(bold), ...online.map(onlineRow)]),
    );
  });
}

async function found({ db, config }: Registry, model: ModelName) {
  const [{ currentSpec }, { versionsOf }, { openArtifacts }, { lineageOf }, { onlineFigures }] = await Promise.all([
    import('../store/specs.ts'),
    import('../store/registry.ts'),
    import('../artifacts/store.ts'),
    import('../features/lineage.ts'),
    import('../store/materialisations.ts'),
  ]);
  const artifacts = openArtifacts(config.artifactsUrl);
  const [{ spec }, versions, figures] = await Promise.all([currentSpec(db, model), versionsOf(db, model), onlineFigures(db, model)]);
  const using = await Promise.all(
    versions.map(async ({ version, manifest }) => ({ version, encoder: (await artifacts.readJson<Manifest>(manifest)).encoder })),
  );
  const now = Date.now();
  return { features: lineageOf(spec, using), online: figures.map((each) => ({ ...each, ...freshness(each, now) })) };
}

type Fresh = OnlineFigures & ReturnType<typeof freshness>;

function freshness({ asOf, staleAfterMs }: OnlineFigures, now: number) {
  const ageMs = Math.max(0, now - Date.parse(asOf));
  return { ageMs, stale: ageMs > staleAfterMs };
}

function rowOf({ feature, type, made, sources, owner, version, usedBy }: FeatureLineage): string[] {
  const users = usedBy.map((use) => (use.definition === 'same' ? use.version : `${use.version} (defined otherwise)`));
  return [feature, type, made, sources.join(', ') || '-', owner, String(version), users.join(', ') || '-'];
}

function onlineRow({ key, asOf, entities, nulls, distinctValues, newestEventAt, stale, staleAfterMs }: Fresh): string[] {
  const late = stale ? `stale: older than ${formatDuration(staleAfterMs)}` : '';
  const share = `${Number((nulls * 100).toFixed(1))} %`;
  return [key, seconds(asOf), String(entities), share, String(distinctValues), newestEventAt === null ? '-' : seconds(newestEventAt), late];
}
