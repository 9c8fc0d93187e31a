import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { understudy } from './a-command-line.ts';

const hint = '(understudy --help lists what there is)\n';

test('a misspelt verb is answered with the nearest one', async () => {
  expect(await understudy(['aprove', 'churn'])).toEqual({
    code: 2,
    out: '',
    err: `error: unknown command 'aprove'\n(Did you mean approve?)\n${hint}`,
  });
});

test('no verb at all shows what there is, and is misuse', async () => {
  const { code, out, err } = await understudy([]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('Usage: understudy');
});

test('a misspelt option is answered with the nearest one', async () => {
  expect(await understudy(['status', 'churn', '--jsn'])).toEqual({
    code: 2,
    out: '',
    err: `error: unknown option '--jsn'\n(Did you mean --json?)\n${hint}`,
  });
});

test.each([
  [['approve', 'churn', '--evidence', '0f3a77c2'], "error: required option '--reason <text>' not specified"],
  [['approve', 'churn', '--reason', 'read it'], "error: required option '--evidence <digest>' not specified"],
  [['approve', 'churn', '--evidence', '0f3a', '--reason', 'x'], 'Expected at least the first eight characters of a digest'],
  [['reject', 'churn', '--reason', '  '], 'Expected some words.'],
  [['status', 'Churn@2'], 'Expected the name of a model, such as churn.'],
  [['status', '--wait'], '--wait needs the name of a model'],
  [['champion', 'churn', '--at', 'yesterday'], 'Expected a time in UTC, such as 2026-03-01T12:00:00Z or 2026-03-01.'],
  [['champion', 'churn', '--at', '2026-13-01'], 'Expected a time in UTC'],
  [['history', 'churn', '--since', 'yesterday'], 'or the number of an event'],
  [['history', 'churn', '--limit', '0'], 'Expected a whole number above 0.'],
  [['waive', 'churn', '--gate', 'leaks', '--reason', 'x'], 'Allowed choices are catalogue, data-shift, leak-check, evaluation.'],
  [['rollback', 'churn', '--to', '14', '--reason', 'x'], 'Expected a version, such as churn@14.'],
  [['rollback', 'churn', '--direct', '--signal', '--reason', 'x'], '--direct goes past Temporal'],
  [['apply', 'churn.yaml', '--set', 'rollout.steps'], 'Expected path=value, such as rollout.step.duration=10m.'],
  [['worker', 'gateway'], 'Allowed choices are lifecycle, training.'],
  [['evidence', 'churn@x'], 'Expected a model such as churn, or a version such as churn@14.'],
  [['evidence', 'churn', '--page', '--json'], 'ask for one of them'],
])('%s is misuse: %s', async (words, sentence) => {
  const { code, out, err } = await understudy(words);
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(sentence) });
});

test('where nothing runs, the sentence says how to start it', async () => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'understudy-nothing-'));
  const { code, out, err } = await understudy(['status'], { cwd });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /^no Understudy runs on the state folder .*: start one with "understudy dev", or set DATABASE_URL and TEMPORAL_ADDRESS\n$/,
  );
});

test('a database that is away is a sentence with its address and without its password', async () => {
  const env = { DATABASE_URL: 'postgres://ann:secret@127.0.0.1:9/understudy', TEMPORAL_ADDRESS: '127.0.0.1:9' };
  expect(await understudy(['status', 'churn'], { env })).toEqual({
    code: 1,
    out: '',
    err: 'Postgres could not be reached at 127.0.0.1:9; is it running? (understudy doctor)\n',
  });
});

test('with --verbose a failure also says where it came from', async () => {
  const env = { DATABASE_URL: 'postgres://ann:secret@127.0.0.1:9/understudy', TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const { err } = await understudy(['status', 'churn', '--verbose'], { env });
  expect(err).toMatch(/connections\.ts/);
  expect(err).toMatch(/caused by/);
  expect(err).not.toContain('secret');
});
