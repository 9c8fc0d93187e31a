/** The compiled loops of `inner-loops.wat`, which says what their arguments are: all in bytes. */
import { INNER_LOOPS } from './inner-loops-code.ts';

export interface InnerLoops {
  addToBins(words: number, rowBytes: number, groupBytes: number, numbers: number, index: number, indexEnd: number, histogram: number): void;
  divide(index: number, indexEnd: number, column: number, goesLeft: number, lefts: number, rights: number): number;
}

let compiled: WebAssembly.Module | null = null;

/** They read and write this memory, and can see no other. */
export function innerLoops(memory: WebAssembly.Memory): InnerLoops {
  compiled ??= new WebAssembly.Module(Buffer.from(INNER_LOOPS, 'base64'));
  const { exports } = new WebAssembly.Instance(compiled, { memory: { memory } });
  if (!areLoops(exports)) throw new TypeError('inner-loops-code.ts is not what inner-loops.wat says: write it anew');
  return exports;
}

function areLoops(exports: object): exports is InnerLoops {
  return 'addToBins' in exports && 'divide' in exports;
}
