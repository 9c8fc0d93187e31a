/** `--set rollout.step.duration=10s`: changes the document before anything is checked, so that its errors are the same. */
import { type Document, isMap, isSeq, parse } from 'yaml';
import { Failure } from '../failures.ts';
import type { Path } from './problems.ts';

export interface Override {
  readonly path: string;
  readonly value: string;
}

/** Puts the value there and says where it went. The word null takes the setting away, which brings its default back. */
export function applyOverride(document: Document.Parsed, override: Override): Path {
  const path = pathIn(document, override.path);
  const value = readValue(override);
  try {
    if (value === null) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  } catch (cause) {
    throw wrong(override, 'a path through mappings', 'a single value on the way', cause);
  }
  return path;
}

/** Names may contain dots (`features.emp.var.rate`): the longest name that is there wins, and below a features map the rest is one. */
function pathIn(document: Document.Parsed, written: string): Path {
  const parts = written.split('.');
  if (parts.some((part) => part === '')) {
    throw new Failure('SpecInvalid', `--set ${written}: expected a path such as rollout.step.duration, found an empty name in it`);
  }
  const path: (string | number)[] = [];
  let rest = parts;
  while (rest.length > 0) {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    const taken = partsOfNextKey(node, path, rest);
    const key = rest.slice(0, taken).join('.');
    path.push(isSeq(node) && /^\d+$/.test(key) ? Number(key) : key);
    rest = rest.slice(taken);
  }
  return path;
}

function partsOfNextKey(node: unknown, path: Path, rest: readonly string[]): number {
  for (let taken = rest.length; taken > 1; taken--) {
    if (isMap(node) && node.has(rest.slice(0, taken).join('.'))) return taken;
  }
  const isNewFeature = path.length === 1 && path[0] === 'features' && !(isMap(node) && node.has(rest[0]));
  return isNewFeature ? rest.length : 1;
}

function readValue(override: Override): unknown {
  try {
    return parse(override.value) as unknown;
  } catch (cause) {
    throw wrong(override, 'a value in YAML', `${JSON.stringify(override.value)}`, cause);
  }
}

function wrong({ path, value }: Override, expected: string, found: string, cause: unknown): Failure {
  return new Failure('SpecInvalid', `--set ${path}=${value}: expected ${expected}, found ${found}`, { path }, { cause });
}

/** The parts of `path=value`, or undefined when the text has no equals sign. */
export function parseOverride(text: string): Override | undefined {
  const equals = text.indexOf('=');
  return equals <= 0 ? undefined : { path: text.slice(0, equals).trim(), value: text.slice(equals + 1) };
}
