/** The rows of a table by its caption, as lists of their cells' texts. */
export function tableOf(page: string, caption: string): string[][] {
  const start = page.indexOf(`aria-label="${caption}"><table`);
  if (start < 0) return [];
  const body = page.slice(start, page.indexOf('</table>', start));
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map((row) =>
    [...`${row[1]}`.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) =>
      `${cell[1]}`.replaceAll(/<[^>]*>/g, ''),
    ),
  );
}

/** The figures of the bars of the chart that says what mattered. */
export function barsOf(page: string): Record<string, string[]> {
  const chart = page.slice(page.indexOf('<figcaption>What mattered'));
  return Object.fromEntries(
    [
      ...chart
        .slice(0, chart.indexOf('</figure>'))
        .matchAll(/<li><span class="of">(.*?)<\/span>(.*?)<\/li>/gs),
    ].map((m) => [m[1], [...`${m[2]}`.matchAll(/<b>(.*?)<\/b>/g)].map((b) => `${b[1]}`)]),
  );
}

export const count = (page: string, pattern: RegExp): number => [...page.matchAll(pattern)].length;
export const threads = (page: string): number => count(page, /<path class="thread/g);
export const has = (page: string, heading: string): boolean => page.includes(`<h2>${heading}</h2>`);
