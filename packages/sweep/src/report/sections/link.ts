import { html, type Markup } from '@mnet/bench';

/** A link to a file of the study's folder; each part of its path is escaped, so that it leads nowhere else. */
export function link(path: string, words: string): Markup {
  const href = path
    .split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map(encodeURIComponent)
    .join('/');
  return html`<a href="./${href}">${words}</a>`;
}
