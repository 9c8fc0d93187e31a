import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { programFor } from '../../src/cli/main.ts';
import { understudy } from './a-command-line.ts';

const golden = path.join(path.dirname(fileURLToPath(import.meta.url)), 'help.txt');
const context = {
  stdout: { write: () => 0 },
  stderr: { write: () => 0 },
  env: {},
  cwd: '/',
  isTTY: false,
  signal: new AbortController().signal,
};
const verbs = programFor(context).commands.map((command) => command.name());

test('the help of every verb is the one that was reviewed', async () => {
  const pages: string[] = [];
  for (const words of [['--help'], ...verbs.map((verb) => [verb, '--help'])]) {
    const { code, out, err } = await understudy(words);
    expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
    pages.push(`$ understudy ${words.join(' ')}\n${out}`);
  }
  await expect(pages.join('\n')).toMatchFileSnapshot(golden);
});

test('every verb shows two or more examples', async () => {
  const text = readFileSync(golden, 'utf8');
  for (const verb of verbs) {
    const examples =
      text.split(`$ understudy ${verb} --help`)[1]!.split('\n$ understudy')[0]!.split('Examples:')[1]?.trim().split('\n') ?? [];
    expect({ verb, examples: examples.length }).toEqual({ verb, examples: expect.toSatisfy((count: number) => count >= 2) });
  }
});
