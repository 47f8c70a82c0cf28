import { html, type Markup } from './html.ts';

/** What a cell of a table shows: a text, or markup such as a link. */
export type Cell = string | Markup;

/**
 * A table whose first column heads its rows. One that is too wide for the screen scrolls by itself.
 *
 * @param caption what a screen reader calls it; no other table of the page may have the same
 * @param header one text a column
 * @param rows one text a cell, or markup such as a link
 * @param kind `words` sets the cells to the left, as texts are; default `figures`, to the right
 */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  kind: 'figures' | 'words' = 'figures',
): Markup {
  const head = header.map((cell) => html`<th scope="col">${cell}</th>`);
  const body = rows.map(
    ([first, ...rest]) =>
      html`<tr><th scope="row">${first ?? ''}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="${kind}">
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}
