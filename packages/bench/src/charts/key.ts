import { html, type Markup } from '../page/html.ts';
import { colourClass, lineClass } from './axis.ts';

/** Which mark is which: a list under a chart's title. */
export interface KeyEntry {
  readonly name: string;
  readonly colour: number;
  readonly dashed?: boolean;
  /** Default `line`. */
  readonly mark?: 'line' | 'dot' | 'hollow' | 'bar';
}

/** The key of a chart, nothing for fewer than two entries: then the title says it. */
export function key(entries: readonly KeyEntry[]): Markup {
  if (entries.length < 2) return html``;
  return html`<ul class="key">${entries.map((e) => html`<li>${sample(e)}${e.name}</li>`)}</ul>`;
}

function sample({ colour, dashed, mark = 'line' }: KeyEntry): Markup {
  const drawn = {
    line: html`<line class="${lineClass(colour, dashed)}" x1="0" x2="32" y1="6" y2="6"/>`,
    dot: html`<circle class="dot ${colourClass(colour)}" cx="7" cy="6" r="5"/>`,
    hollow: html`<circle class="hollow ${colourClass(colour)}" cx="7" cy="6" r="5"/>`,
    bar: html`<rect class="dot ${colourClass(colour)}" x="0" width="32" y="1" height="10" rx="2"/>`,
  };
  const point = mark === 'dot' || mark === 'hollow';
  return html`<svg class="${point ? 'point' : 'stretch'}" viewBox="0 0 ${point ? 14 : 32} 12" aria-hidden="true">${drawn[mark]}</svg>`;
}
