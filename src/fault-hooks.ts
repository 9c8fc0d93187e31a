/**
 * Places where a test may stop a process in order to kill it exactly there. Nothing happens unless the process was started with
 * UNDERSTUDY_HOOKS_DIR and the test has put a file of the point's name into that folder.
 */

import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';

let armedIn: string | null = null;

export function armFaultHooks(folder: string | null): void {
  armedIn = folder;
}

/** Writes the name to `<folder>/reached`, then waits as long as `<folder>/<name>` exists. */
export async function faultPoint(name: string): Promise<void> {
  if (armedIn === null) return;
  const file = path.join(armedIn, name);
  if (!existsSync(file)) return;
  await appendFile(path.join(armedIn, 'reached'), `${name}\n`);
  while (existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
}
