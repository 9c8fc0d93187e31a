/** The known name a person most likely meant, or null when none is close. Case, spaces, dashes and underscores count for little. */
export function nearestName(written: string, known: readonly string[]): string | null {
  const plain = (name: string) => name.toLowerCase().replace(/[\s._-]+/g, '');
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(plain(written), plain(name));
    if (!best || distance < best.distance) best = { name, distance };
  }
  return best && best.distance <= Math.max(1, Math.floor(written.length / 3)) ? best.name : null;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let j = 0; j < width; j++) table[j] = j;
  for (let i = 1; i <= a.length; i++) {
    table[i * width] = i;
    for (let j = 1; j < width; j++) {
      const replaced = table[(i - 1) * width + j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, table[(i - 1) * width + j]! + 1, table[i * width + j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, table[(i - 2) * width + j - 2]! + 1);
      table[i * width + j] = least;
    }
  }
  return table[a.length * width + b.length]!;
}
