/** What the audience of the demo reads: numbered scenes, short sentences, a line that shows the waiting. */
import pc from 'picocolors';
import type { CliContext } from '../cli/context.ts';

export interface Narrator {
  scene(title: string): void;
  say(sentence: string): void;
  /** A command as the audience could type it. */
  command(words: string): void;
  /** Replaces itself on a terminal; elsewhere said once each time it changes. */
  waiting(what: string): void;
  figure(name: string, value: string): void;
  readonly elapsedMs: () => number;
}

export function narratorFor({ stdout, isTTY }: Pick<CliContext, 'stdout' | 'isTTY'>, now: () => number = Date.now): Narrator {
  const began = now();
  const color = pc.createColors(isTTY);
  let scenes = 0;
  let shown = '';
  const clock = () => {
    const seconds = Math.round((now() - began) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  };
  const line = (text: string) => {
    if (isTTY && shown !== '') stdout.write('\r\u001b[2K');
    shown = '';
    stdout.write(`${text}\n`);
  };
  return {
    scene: (title) => {
      scenes += 1;
      line(`\n${color.dim(clock())}  ${color.bold(`${scenes}. ${title}`)}`);
    },
    say: (sentence) => line(`      ${sentence}`),
    command: (words) => line(color.cyan(`      $ understudy ${words}`)),
    waiting: (what) => {
      const fitting = what.length > 140 ? `${what.slice(0, 139)}…` : what;
      if (fitting === shown) return;
      if (isTTY) stdout.write(`\r\u001b[2K${color.dim(`      … ${fitting}`)}`);
      // Without a terminal a line that replaces itself is a line that repeats itself: only its first words count as news.
      else if (firstWords(fitting) !== firstWords(shown)) stdout.write(`      … ${fitting}\n`);
      shown = fitting;
    },
    figure: (name, value) => line(`      ${name.padEnd(44)} ${color.bold(value)}`),
    elapsedMs: () => now() - began,
  };
}

const firstWords = (text: string): string => text.split(/[\d(]/)[0] ?? '';
