import { markup, script, style } from '../generated/page.ts';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly content: string;
}

/** The files of the page by their paths. They are bundled from `page/` when the package is built. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ['/', { type: 'text/html; charset=utf-8', content: markup }],
  ['/page.js', { type: 'text/javascript; charset=utf-8', content: script }],
  ['/page.css', { type: 'text/css; charset=utf-8', content: style }],
]);
