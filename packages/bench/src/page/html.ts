/** Markup that needs no more escaping, as {@link html} makes it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, markup and lists of markup are not. */
export type Content = Markup | string | number | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (c) => entities[c] as string);
}

/** A template tag for HTML and SVG that escapes every value put into it, in text and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(
    strings.reduce((text, string, i) => text + render(values[i - 1] as Content) + string),
  );
}

/** Takes a text as markup as it stands; for constants of this package, never for a user's words. */
export function raw(text: string): Markup {
  return new Markup(text);
}
