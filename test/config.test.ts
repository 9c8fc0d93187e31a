import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Endpoints, type Environment, givenAddresses, readConfig, stateDirOf } from '../src/config.ts';

const addresses = { DATABASE_URL: 'postgres://ann:secret@db.example:5432/understudy', TEMPORAL_ADDRESS: 'temporal.example:7233' };

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

test('two addresses are enough, and the rest has defaults', () => {
  const config = readConfig(addresses, cwd);
  expect(config).toMatchObject({
    databaseUrl: addresses.DATABASE_URL,
    temporalAddress: addresses.TEMPORAL_ADDRESS,
    temporalNamespace: 'default',
    stateDir: path.join(cwd, '.understudy'),
    artifactsUrl: path.join(cwd, '.understudy', 'artifacts'),
    entityKey: null,
    hooksDir: null,
    log: 'pretty',
    gateway: { host: '127.0.0.1', port: 0, routeLeaseMs: 10_000, challengerTimeoutMs: 1_000 },
  });
});

test('an empty variable is one that is not set, as shells and compose files mean it', () => {
  expect(readConfig({ ...addresses, UNDERSTUDY_GATEWAY_PORT: '', UNDERSTUDY_ENTITY_KEY: '' }, cwd).gateway.port).toBe(0);
});

test('every wrong variable is named with what was expected and found, all at once', () => {
  const wrong = { ...addresses, TEMPORAL_ADDRESS: 'localhost', UNDERSTUDY_GATEWAY_PORT: '70000', UNDERSTUDY_LOG: 'loud' };
  expect(sentence(wrong)).toBe(
    'the environment is not as expected: TEMPORAL_ADDRESS: expected host:port, such as 127.0.0.1:7233, found "localhost"; ' +
      'UNDERSTUDY_GATEWAY_PORT: expected a port, 0 to 65535, found "70000"; UNDERSTUDY_LOG: expected pretty or json, found "loud"',
  );
});

test('a secret that is wrong is not repeated', () => {
  const said = sentence({ ...addresses, DATABASE_URL: 'mysql://ann:hunter2@db', UNDERSTUDY_ENTITY_KEY: 'tooshort' });
  expect(said).toContain('DATABASE_URL: expected a Postgres URL');
  expect(said).toContain('UNDERSTUDY_ENTITY_KEY: expected a secret of at least 16 characters');
  expect(said).not.toMatch(/hunter2|tooshort/);
});

test('connections of sources are found by their names, and a wrong one is not repeated', () => {
  const url = 'postgres://reader:hunter2@warehouse.example/sales';
  const env = { ...addresses, UNDERSTUDY_SOURCE_WARE_HOUSE_URL: url, UNDERSTUDY_SOURCE_OLD_URL: '' };
  expect(readConfig(env, cwd).sourceUrls).toEqual({ 'ware-house': url });
  const said = sentence({ ...addresses, UNDERSTUDY_SOURCE_CRM_URL: 'mysql://ann:hunter2@crm' });
  expect(said).toContain('UNDERSTUDY_SOURCE_CRM_URL: expected a Postgres URL');
  expect(said).not.toContain('hunter2');
});

test('where nothing runs, the sentence says what to do', () => {
  expect(sentence({})).toBe(
    `no Understudy runs on the state folder ${path.join(cwd, '.understudy')}: start one with "understudy dev", or set DATABASE_URL and TEMPORAL_ADDRESS`,
  );
  expect(sentence({ DATABASE_URL: addresses.DATABASE_URL })).toContain('or set TEMPORAL_ADDRESS');
});

test('what a person gave before anything runs is told without asking for more', () => {
  expect(givenAddresses({})).toEqual({ databaseUrl: null, temporalAddress: null });
  expect(givenAddresses(addresses)).toEqual({ databaseUrl: addresses.DATABASE_URL, temporalAddress: addresses.TEMPORAL_ADDRESS });
});

describe('beside a running dev stack', () => {
  test('its addresses and its key are found', () => {
    const running = aStack();
    expect(readConfig({ UNDERSTUDY_STATE: 'state' }, cwd)).toMatchObject({
      databaseUrl: running.databaseUrl,
      temporalAddress: running.temporalAddress,
      temporalUiUrl: running.temporalUiUrl,
      entityKey: 'the key of this installation',
      gateway: { url: running.gatewayUrl },
    });
  });

  test('the environment wins', () => {
    aStack();
    expect(readConfig({ ...addresses, UNDERSTUDY_STATE: 'state' }, cwd)).toMatchObject({ databaseUrl: addresses.DATABASE_URL });
  });

  test("another database is not mixed with the stack's Temporal", () => {
    aStack();
    expect(sentence({ UNDERSTUDY_STATE: 'state', DATABASE_URL: addresses.DATABASE_URL })).toContain(
      'set TEMPORAL_ADDRESS too, or unset DATABASE_URL',
    );
  });

  test('a stack that was killed counts as none', () => {
    // Above every system's largest pid.
    aStack({ pid: 2_147_483_646 });
    expect(sentence({ UNDERSTUDY_STATE: 'state' })).toContain('no Understudy runs');
  });

  test('a file that is not JSON counts as none', () => {
    const state = stateDirOf({}, cwd);
    aStack({}, state);
    writeFileSync(path.join(state, 'endpoints.json'), '{ "databaseUrl": ');
    expect(sentence({})).toContain('no Understudy runs');
  });
});

function aStack(changes: Partial<Endpoints> = {}, state = path.join(cwd, 'state')): Endpoints {
  mkdirSync(state, { recursive: true });
  const entityKeyFile = path.join(state, 'entity.key');
  writeFileSync(entityKeyFile, 'the key of this installation\n');
  const endpoints = {
    databaseUrl: 'postgres://understudy:x@127.0.0.1:5555/understudy',
    temporalAddress: '127.0.0.1:7777',
    temporalUiUrl: 'http://127.0.0.1:8888',
    gatewayUrl: 'http://127.0.0.1:9999',
    artifactsUrl: path.join(state, 'artifacts'),
    entityKeyFile,
    personalKeyFile: path.join(state, 'personal.key'),
    pid: process.pid,
    ...changes,
  };
  writeFileSync(path.join(state, 'endpoints.json'), JSON.stringify(endpoints));
  return endpoints;
}

function sentence(env: Environment): string {
  try {
    readConfig(env, cwd);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was accepted');
}
