/** What came out when a version was trained again, held against what is registered. Pure. */
import type { Digest } from '../domain/ids.ts';

export interface Trained {
  readonly artifact: Digest;
  readonly manifest: Digest;
}

export interface Reproduction {
  readonly isSame: boolean;
  readonly artifact: { readonly registered: Digest; readonly again: Digest };
  readonly manifest: { readonly registered: Digest; readonly again: Digest };
  /** Places of the manifest that differ, such as `encoder.columns.3.mean`; the first few. */
  readonly differs: readonly string[];
  /** What is not as it was when the version was registered. */
  readonly changed: readonly Change[];
}

export interface Change {
  readonly what: string;
  readonly was: string;
  readonly is: string;
}

const MOST_PLACES = 12;

export function reproductionOf(
  { registered, again }: { registered: Trained; again: Trained },
  { manifests, changed }: { manifests: readonly [unknown, unknown]; changed: readonly Change[] },
): Reproduction {
  const isSame = registered.artifact === again.artifact && registered.manifest === again.manifest;
  return {
    isSame,
    artifact: { registered: registered.artifact, again: again.artifact },
    manifest: { registered: registered.manifest, again: again.manifest },
    differs: isSame ? [] : placesThatDiffer(...manifests).slice(0, MOST_PLACES),
    changed,
  };
}

/** Paths of values that are not equal, depth first. */
export function placesThatDiffer(a: unknown, b: unknown, path = ''): string[] {
  if (Object.is(a, b)) return [];
  const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
  if (!isBranch(a) || !isBranch(b) || Array.isArray(a) !== Array.isArray(b)) return [path === '' ? 'everything' : path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => placesThatDiffer(a[key], b[key], path === '' ? key : `${path}.${key}`));
}

/** Facts by name, then and now; what was not written down then is no change. */
export function changesBetween(then: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): Change[] {
  return Object.entries(now)
    .filter(([what, value]) => then[what] !== undefined && then[what] !== value)
    .map(([what, value]) => ({ what, was: String(then[what]), is: String(value) }));
}
