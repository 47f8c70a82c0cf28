import { writeWholeSync } from '@mnet/core/files';
import { custom, type Given, optional, options, required, resolve, text } from '@mnet/core/options';
import { type Content, html, Markup, raw } from './html.ts';
import { style } from './style.ts';

/** What is markup already: one, or a list of them. */
const markup = custom<Markup | readonly Markup[]>(
  'markup of the tag html, or a list of it',
  (value) =>
    value instanceof Markup || (Array.isArray(value) && value.every((v) => v instanceof Markup)),
);

const pageOptions = options({
  /** The heading, which is the window's title too. */
  title: required(text('a heading')),
  /** A line below it. */
  subtitle: optional(text('a line')),
  /** What stands on it, such as {@link section}s. */
  main: required(markup),
});

/** What {@link page} and {@link writePage} take. */
export interface PageOptions extends Given<typeof pageOptions> {}

/**
 * One HTML page that needs nothing else: no script, no network; its content security policy forbids both. It follows
 * the reader's light or dark setting, fits a telephone, and prints.
 *
 * @returns the whole page, from its doctype
 * @throws for an option that is unknown, missing or not taken.
 */
export function page(given: PageOptions): string {
  const { title, subtitle, main } = resolve(pageOptions, given, 'page');
  const content = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${subtitle === undefined ? '' : html`<p class="quiet">${subtitle}</p>`}
</header>
<main>
${main}
</main>
</body>
</html>`;
  return `<!doctype html>\n${content.text}\n`;
}

/**
 * Writes a {@link page}: to a temporary name that is renamed, so that no half-written page is ever there. Missing
 * folders are made. Needs Node.js.
 *
 * @param path where to, such as `runs/cost.html`
 * @throws as {@link page} does, and if the file cannot be written.
 */
export function writePage(path: string, given: PageOptions): void {
  writeWholeSync(path, page(given));
}

/** A part of a page under a heading of its own; nothing where it has no content. */
export function section(title: string, ...content: readonly Content[]): Markup {
  if (content.every(isEmpty)) return html``;
  return html`<section><h2>${title}</h2>
${content.map((part) => html`${part}\n`)}</section>
`;
}

/** Charts beside each other, as many as the screen is wide for. */
export function sideBySide(figures: readonly Markup[]): Markup {
  const shown = figures.filter((figure) => !isEmpty(figure));
  return shown.length === 0 ? html`` : html`<div class="charts">${shown}</div>`;
}

/** What is folded away until the reader opens it. */
export function folded(summary: string, ...content: readonly Content[]): Markup {
  return html`<details><summary>${summary}</summary>
${content.map((part) => html`${part}\n`)}</details>
`;
}

function isEmpty(content: Content): boolean {
  if (content instanceof Markup) return content.text === '';
  return typeof content === 'object' ? content.every(isEmpty) : content === '';
}
