import { type Catalogue, isApproved } from '../domain/catalogue.ts';
import type { Spec } from '../domain/spec.ts';
import { inconclusive, pass, type Verdict } from '../domain/verdict.ts';

/** A spec that steps outside what the team has approved is no error: it waits for a person who takes it upon them. */
export function judgeCatalogue(catalogue: Catalogue | null, spec: Spec, sourcePath: string | null): Verdict {
  if (catalogue === null) return pass('no catalogue is set, so every source, feature and trainer is approved');
  const outside = [
    ...strays('source', sourcesOf(spec, sourcePath), catalogue.sources),
    ...strays(
      'feature',
      [...spec.features, ...spec.inputs].map(({ name }) => name),
      catalogue.features,
    ),
    ...strays('trainer', [spec.trainer.name], catalogue.trainers),
  ];
  return outside.length === 0 ? pass('every source, feature and trainer is in the catalogue') : inconclusive(...outside);
}

/** `sourcePath`: the file that was read, which need not be the one in the spec. */
function sourcesOf({ source, events }: Spec, sourcePath: string | null): string[] {
  const read = sourcePath === null ? source : { path: sourcePath, connection: null };
  const named = [read, { ...source, path: source.comparisonPath, connection: null }, ...events];
  return named.flatMap(({ path, connection }) => (connection === null ? (path ?? []) : `postgres:${connection}`));
}

function strays(kind: string, found: readonly string[], approved: readonly string[] | null): string[] {
  return found
    .filter((name) => !isApproved(name, approved))
    .map((name) => `the ${kind} "${name}" is not in the catalogue of approved ${kind}s (${approved!.join(', ') || 'none'})`);
}
