import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The first executable of this name in the folders of a PATH. */
export function findOnPath(name: string, searchPath: string): string | null {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of searchPath.split(path.delimiter)) {
    for (const candidate of names.map((each) => path.join(folder, each))) {
      if (folder !== '' && isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
