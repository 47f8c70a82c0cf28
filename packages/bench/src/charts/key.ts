import { html, type Markup } from '../page/html.ts';
import { colourClass, lineClass } from './axis.ts';

/** Which mark is which: a list under a chart's title. */
export interface KeyEntry {
  readonly name: string;
  /** Which of the page's eight colours, from 0. */
  readonly colour: number;
  /** Default false. */
  readonly dashed?: boolean | undefined;
  /** Default `line`; `faint` is the pale line of the others, which has no colour. */
  readonly mark?: 'line' | 'faint' | 'dot' | 'hollow' | 'bar';
}

/** The key of a chart, nothing for no entries. */
export function key(entries: readonly KeyEntry[]): Markup {
  if (entries.length === 0) return html``;
  return html`<ul class="key">${entries.map((e) => html`<li>${sample(e)}${e.name}</li>`)}</ul>`;
}

function sample(entry: KeyEntry): Markup {
  const width = sampleWidth(entry);
  return html`<svg class="${isPoint(entry) ? 'point' : 'stretch'}" viewBox="0 0 ${width} ${sampleHeight}" aria-hidden="true">${sampleMark(entry)}</svg>`;
}

/** How high an entry's mark is. */
export const sampleHeight = 12;

/** How wide an entry's mark is. */
export function sampleWidth(entry: KeyEntry): number {
  return isPoint(entry) ? 14 : 32;
}

/** An entry's mark, from 0 to its width and height. */
export function sampleMark({ colour, dashed, mark = 'line' }: KeyEntry): Markup {
  return {
    line: html`<line class="${lineClass(colour, dashed)}" x1="0" x2="32" y1="6" y2="6"/>`,
    faint: html`<line class="line faint" x1="0" x2="32" y1="6" y2="6"/>`,
    dot: html`<circle class="dot ${colourClass(colour)}" cx="7" cy="6" r="5"/>`,
    hollow: html`<circle class="hollow ${colourClass(colour)}" cx="7" cy="6" r="5"/>`,
    bar: html`<rect class="dot ${colourClass(colour)}" x="0" width="32" y="1" height="10" rx="2"/>`,
  }[mark];
}

function isPoint({ mark }: KeyEntry): boolean {
  return mark === 'dot' || mark === 'hollow';
}
