import { html, Markup } from '../page/html.ts';
import type { Box } from './box.ts';
import { key, type KeyEntry } from './key.ts';

/** A chart's picture as elements of SVG. */
export interface Drawing {
  /** What it shows, for those who cannot see it. */
  readonly words: string;
  readonly content: Markup;
  /** What it covers, its labels included, in its own units; one is a pixel of a file. */
  readonly box: Box;
  /** Whether its type is small, for many labels; default false. */
  readonly small?: boolean;
}

interface Parts {
  readonly title: string;
  readonly note?: string | undefined;
  /** Shown from two entries on: of one the title says it. Default none. */
  readonly key?: readonly KeyEntry[];
  /** What stands on a page below title, note and key; default that nothing was recorded. */
  readonly body?: Markup;
  readonly drawing?: Drawing | undefined;
}

/** What is said instead of a picture. */
export const nothing = 'Nothing was recorded.';

/** A chart: markup for a page, a `<figure>`, and its parts, of which a file is made. */
export class Figure extends Markup {
  readonly title: string;
  /** A sentence below the title. */
  readonly note: string | undefined;
  /** Which mark is which; empty where the title says it. */
  readonly key: readonly KeyEntry[];
  /** Undefined where nothing was recorded. */
  readonly drawing: Drawing | undefined;

  constructor({ title, note, key: entries = [], body, drawing }: Parts) {
    const shown = entries.length < 2 ? [] : entries;
    super(onPage(title, note, shown, body).text);
    this.title = title;
    this.note = note;
    this.key = shown;
    this.drawing = drawing;
  }
}

function onPage(
  title: string,
  note: string | undefined,
  entries: readonly KeyEntry[],
  body: Markup | undefined,
): Markup {
  if (body === undefined) {
    return html`<figure><figcaption>${title}</figcaption><p class="quiet">${nothing}</p></figure>`;
  }
  return html`<figure><figcaption>${title}</figcaption>${note === undefined ? '' : html`<p class="quiet">${note}</p>`}${key(entries)}
${body}</figure>
`;
}
