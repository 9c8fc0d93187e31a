import { spawn } from 'node:child_process';
import { type CliContext, Refused } from './context.ts';

/** With whatever the system opens files with. */
export async function openInBrowser({ env }: CliContext, file: string): Promise<void> {
  const [program, ...words] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program!, [...words, file], { detached: true, stdio: 'ignore', env: { ...env } as NodeJS.ProcessEnv });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(new Refused(`${program} could not be started, so nothing was opened; open ${file} yourself`)));
  });
  child.unref();
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };
