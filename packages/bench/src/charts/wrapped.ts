/**
 * Breaks a text into lines: between words, and within a word that is wider than a line. There is at least one line, and a
 * sign that is wider than the room stands alone.
 *
 * @param width of a text, in the unit of `room`
 */
export function wrapped(text: string, room: number, width: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (width(longer) <= room) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const sign of signs(word)) {
      if (line !== '' && width(line + sign) > room) {
        lines.push(line);
        line = '';
      }
      line += sign;
    }
  }
  return [...lines, line];
}

/** What a reader takes for one sign, such as a letter with its accent. */
function signs(word: string): string[] {
  return [...new Intl.Segmenter('en').segment(word)].map(({ segment }) => segment);
}
