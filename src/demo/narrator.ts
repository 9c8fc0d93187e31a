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
      if (what === shown) return;
      if (isTTY) stdout.write(`\r\u001b[2K${color.dim(`      … ${what}`)}`);
      else stdout.write(`      … ${what}\n`);
      shown = what;
    },
    figure: (name, value) => line(`      ${name.padEnd(44)} ${color.bold(value)}`),
    elapsedMs: () => now() - began,
  };
}
