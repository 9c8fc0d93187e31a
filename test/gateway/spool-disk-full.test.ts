import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Spool, SpoolUnavailable } from '../../src/gateway/spool.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'spool-full-'));
const isMounted = mounted(folder);

/** Only root may make a small disk. */
function mounted(at: string): boolean {
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!isMounted)(
  'on a full disk nothing half-written counts, what was acknowledged stays, and space freed is used without a restart',
  async () => {
    try {
      const ballast = path.join(folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc(40_000));
      const spool = new Spool({ folder, limitBytes: 1e9, segmentBytes: 1e6, onTrouble: () => undefined });
      const acknowledged: string[] = [];
      const lineOf = (n: number) => `{"n":${n},"text":"${'x'.repeat(5_000)}"}`;
      const appendUntilRefused = async (from: number) => {
        for (let n = from; ; n++) {
          const error = await spool.append('predictions', [lineOf(n)], 1).then(
            () => null,
            (refusal: Error) => refusal,
          );
          if (error !== null) return { n, error };
          acknowledged.push(lineOf(n));
        }
      };
      const first = await appendUntilRefused(0);
      expect(first.error).toBeInstanceOf(SpoolUnavailable);
      expect(first.error.message).toMatch(/ENOSPC/);
      unlinkSync(ballast);
      const second = await appendUntilRefused(first.n);
      expect(second.n).toBeGreaterThan(first.n + 3);

      const found: string[] = [];
      for (let waiting = spool.waiting(3, 20_000); waiting !== null; waiting = spool.waiting(3, 20_000)) {
        found.push(...waiting.batches.flatMap(({ lines }) => lines));
        spool.shipped(waiting.until);
      }
      expect(found).toEqual(acknowledged);
      spool.close();
    } finally {
      execFileSync('/bin/umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
