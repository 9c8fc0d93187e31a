import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/dev/ports.ts';
import { findTemporalProgram, isNewEnough, type ProgramSearch, temporalVersion } from '../../src/dev/temporal-program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-program-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const THE_CLI = "echo 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)'";

test('one on the PATH comes before the one in our cache', async () => {
  const onPath = await aProgram('bin/temporal', THE_CLI);
  await aProgram(`cache/temporal-${temporalVersion()}/temporal`, THE_CLI);
  expect(await find()).toEqual({ path: onPath, how: '`temporal` on the PATH' });
});

test('another program of that name on the PATH is passed over', async () => {
  await aProgram('bin/temporal', "echo 'temporal 3.2, a calendar'");
  const cached = await aProgram(`cache/temporal-${temporalVersion()}/temporal`, THE_CLI);
  expect(await find()).toEqual({ path: cached, how: 'our cache' });
});

test('a download is unpacked, proven and kept', async () => {
  const program = await aProgram('made/temporal', THE_CLI);
  execFileSync('tar', ['-czf', path.join(folder, 'made.tar.gz'), '-C', path.dirname(program), 'temporal']);
  const archive = await readFile(path.join(folder, 'made.tar.gz'));
  const asked: (string | undefined)[] = [];
  const server = http
    .createServer((request, response) => {
      asked.push(request.url);
      response.end(archive);
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const downloadsFrom = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = await find({ downloadsFrom });
  server.close();
  expect(found).toEqual({ path: path.join(folder, 'cache', `temporal-${temporalVersion()}`, 'temporal'), how: 'a download' });
  expect(asked[0]).toContain(`/cli/archive/${temporalVersion()}?platform=`);
  expect((await find()).how).toBe('our cache');
});

test('when nothing works, the message lists what was tried and what to do', async () => {
  await aProgram('bin/go', 'echo go1.19.8');
  await expect(find()).rejects.toThrow(
    /Tried: `temporal` on the PATH: not there; our cache: not there; the SDK's cached download: not there; a download: not reachable .*; a build from its Go module: Go 1\.26 or newer is needed, found go1\.19\.8\. Do one of: put the Temporal CLI on the PATH, install Go/,
  );
});

test("a build that fails says the compiler's own words", async () => {
  await aProgram('bin/go', 'if [ "$1" = env ]; then echo go1.26.4; else echo "disk full" >&2; exit 1; fi');
  await expect(find()).rejects.toThrow(/a build from its Go module: go build ended with code 1: disk full/);
});

test('two starts at once build once', async () => {
  // Counts its builds, and makes a program that proves itself.
  const builds = path.join(folder, 'builds');
  const script = `if [ "$1" = env ]; then echo go1.26.4; exit; fi
echo build >> ${builds}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n%s\\n' "${THE_CLI}" > "$2"`;
  await aProgram('bin/go', script);
  const [one, other] = await Promise.all([find(), find()]);
  expect(one.path).toBe(other.path);
  expect(await readFile(builds, 'utf8')).toBe('build\n');
});

test('a lock that a killed build left is taken over', async () => {
  await aProgram(
    'bin/go',
    `if [ "$1" = env ]; then echo go1.26.4; exit; fi\nwhile [ "$1" != -o ]; do shift; done\nprintf '#!/bin/sh\\n%s\\n' "${THE_CLI}" > "$2"`,
  );
  const home = path.join(folder, 'cache', `temporal-${temporalVersion()}`);
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'temporal.lock'), '2147483646');
  expect((await find()).how).toBe('a build from its Go module');
});

test.each([
  ['go1.26.4', true],
  ['go1.27', true],
  ['go2.0', true],
  ['go1.25.9', false],
  ['devel +abc', false],
])('Go %s: new enough is %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

/** Nothing of this machine is found: an own PATH, an own cache, and downloads from a port where nobody listens. */
async function find(changes: Partial<ProgramSearch> = {}) {
  const downloadsFrom = `http://127.0.0.1:${await freePort()}`;
  const searchPath = path.join(folder, 'bin');
  return findTemporalProgram({ searchPath, cacheDir: path.join(folder, 'cache'), onProgress: () => undefined, downloadsFrom, ...changes });
}

async function aProgram(name: string, script: string): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}
