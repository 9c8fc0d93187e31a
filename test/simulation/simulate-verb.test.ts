import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';
import { aGateway, type FakeGateway } from './fake-gateway.ts';

const root = path.resolve(import.meta.dirname, '../..');
const SPEC = path.join(root, 'examples/newsletter/newsletter.yaml');
let gateway: FakeGateway;
let folder: string;

beforeEach(async () => {
  gateway = await aGateway();
  folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-simulate-'));
});

afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

async function understudy(...argv: string[]) {
  const written = { stdout: '', stderr: '' };
  const writer = (stream: 'stdout' | 'stderr') => ({ write: (text: string) => (written[stream] += text) });
  const context: CliContext = {
    stdout: writer('stdout'),
    stderr: writer('stderr'),
    env: { UNDERSTUDY_STATE: folder },
    cwd: folder,
    isTTY: false,
    signal: new AbortController().signal,
  };
  return { code: await main(argv, context), ...written };
}

const simulating = (...more: string[]) =>
  understudy('simulate', 'newsletter', '--spec', SPEC, '--gateway', gateway.url, '--outcome-delay', '100ms', '--rate', '20000', ...more);

test('a simulation needs no registry when it is told the spec and the gateway', async () => {
  const { code, stdout, stderr } = await simulating('--generator', 'newsletter', '--count', '1000', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    sent: 1_000,
    answered: 1_000,
    byVersion: { 'newsletter@1': 1_000 },
    outcomes: { pending: 0, lost: 0 },
  });
});

test('it says in words what was asked, answered and posted', async () => {
  const { code, stdout } = await simulating('--generator', 'newsletter', '--count', '1000');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^newsletter\n {2}asked +1000 instances in [\d.]+ s\n {2}answered +1000, \d+ a second; .*\n {2}by version +newsletter@1 1000\n/,
  );
  expect(stdout).toMatch(new RegExp(`outcomes +${gateway.outcomes.length} posted\n`));
});

test('a file that was generated can be played', async () => {
  const generated = await understudy('generate', 'newsletter', '--rows', '3000', '--phase', 'after', '--out', 'rows.csv');
  expect(generated).toEqual({ code: 0, stdout: 'rows.csv: 3000 rows, after the shift, seed 1\n', stderr: '' });
  expect(readFileSync(path.join(folder, 'rows.csv'), 'utf8').split('\n')).toHaveLength(3_002);
  expect(await simulating('--data', 'rows.csv', '--count', '500')).toMatchObject({ code: 0, stderr: '' });
  expect(Object.keys(gateway.asked[0]!.features)).not.toContain('support_minutes');
  expect(gateway.asked[0]!.features.is_member).toBeTypeOf('boolean');
});

test('a model that is not served ends it with the reason and exit code 1', async () => {
  gateway.refuse = () => 'no model "newsletter" is served here; served: none yet';
  const { code, stdout } = await simulating('--generator', 'newsletter', '--count', '100000', '--rate', '1000');
  expect(code).toBe(1);
  expect(stdout).toMatch(/refused +\d+: no model "newsletter" is served here; served: none yet\n/);
});

test.each([
  [['--data', 'nowhere.csv'], 1, /^cannot read .*nowhere\.csv: ENOENT/],
  [['--spec', 'nowhere.yaml'], 1, /^there is no file .*nowhere\.yaml\n$/],
  [['--gateway', 'nowhere'], 1, /^expected the URL of a gateway, such as http:\/\/127\.0\.0\.1:8080, found "nowhere"\n$/],
  [['--rate', 'fast'], 2, /Expected a whole number above 0/],
  [['--for', '5 parsecs'], 2, /Expected a duration above zero, such as 60s or 5m/],
])('%j is refused in a sentence', async (flags, expected, sentence) => {
  const { code, stdout, stderr } = await simulating(...flags);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(stderr).toMatch(sentence);
});

test('another model than the spec describes is refused', async () => {
  const { code, stderr } = await understudy('simulate', 'churn', '--spec', SPEC, '--gateway', gateway.url);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${SPEC} describes newsletter, not churn\n` });
});
