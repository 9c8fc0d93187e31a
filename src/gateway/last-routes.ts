/** The last routes obeyed, on disk, so that a gateway that starts while Postgres is away still serves. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ServedRoute } from '../store/routes-reading.ts';

const FORMAT = 'understudy.last-routes.v1';

export function readLastRoutes(folder: string): readonly ServedRoute[] {
  const file = fileIn(folder);
  if (!existsSync(file)) return [];
  try {
    const { format, routes } = JSON.parse(readFileSync(file, 'utf8')) as { format: string; routes: ServedRoute[] };
    return format === FORMAT ? routes : [];
  } catch {
    // Written whole or not at all; a file damaged since is as good as none.
    return [];
  }
}

export function rememberRoutes(folder: string, routes: readonly ServedRoute[]): void {
  const file = fileIn(folder);
  writeFileSync(`${file}.new`, JSON.stringify({ format: FORMAT, routes }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function fileIn(folder: string): string {
  return path.join(folder, 'last-routes.json');
}
