/** The first few of a list, and how many more there are. */
export function few(items: readonly string[]): string {
  const more = items.length > 4 ? ` and ${items.length - 4} more` : '';
  return items.slice(0, 4).join(', ') + more;
}
