/** So many slips are a misspelling; more are another name. A short name is soon another one. */
const MOST_SLIPS = 2;
const SHORT = 6;

/** The name that a text seems to mean, whatever its case: a few slips away, or one word short of it. */
export function nearestName(text: string, names: Iterable<string>): string | null {
  const all = [...names];
  for (let slips = 0; slips <= MOST_SLIPS; slips += 1) {
    const found = all.find((name) => isWithin(plain(text), plain(name), slipsOf(name, slips)));
    if (found !== undefined) {
      return found;
    }
  }
  return all.find((name) => lacksOneWord(plain(text), plain(name))) ?? null;
}

function plain(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

function slipsOf(name: string, slips: number): number {
  return name.length <= SHORT ? Math.min(slips, 1) : slips;
}

/** Whether a text becomes another by so many slips: a letter too many, too few or wrong, or two swapped. */
function isWithin(a: string, b: string, slips: number): boolean {
  if (slips < 0) {
    return false;
  }
  let same = 0;
  while (same < a.length && a[same] === b[same]) {
    same += 1;
  }
  const [x, y] = [a.slice(same), b.slice(same)];
  if (x === "" || y === "") {
    return x.length + y.length <= slips;
  }
  const left = slips - 1;
  return (
    isWithin(x.slice(1), y, left) ||
    isWithin(x, y.slice(1), left) ||
    isWithin(x.slice(1), y.slice(1), left) ||
    (x[0] === y[1] && x[1] === y[0] && isWithin(x.slice(2), y.slice(2), left))
  );
}

/** `SEAM_KEY` for `SEAM_API_KEY`. The first word says whose it is, and a single word too little. */
function lacksOneWord(text: string, name: string): boolean {
  const words = name.split("_");
  return (
    words.length > 2 &&
    words.some((_, left) => left > 0 && words.filter((__, at) => at !== left).join("_") === text)
  );
}
