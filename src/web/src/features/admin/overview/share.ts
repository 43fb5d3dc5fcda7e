/** A part of a whole as the reader's language writes it, a dash where there is no whole. */
export function share(part: number, whole: number, language: string): string {
  if (whole === 0) return "–";
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(part / whole);
}

/** A round number that is at least `most`, for the top of a chart. */
export function topOf(most: number): number {
  if (most <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((one) => one * power >= most) ?? 10;
  return step * power;
}
