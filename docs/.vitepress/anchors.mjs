// VitePress looks whether the page of a link is there; this looks whether the place on it is there too.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param dir the built site
 * @param base what its addresses begin with
 * @throws that names each link to a heading that its page does not have
 */
export function checkAnchors(dir, base) {
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const texts = new Map(
    files.map((file) => [`${base}${file}`, readFileSync(join(dir, file), 'utf8')]),
  );
  const places = new Map(
    [...texts].map(([page, text]) => [
      page,
      new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)),
    ]),
  );
  const dead = [];
  for (const [page, text] of texts) {
    for (const [, href] of text.matchAll(/ href="([^"#]*#[^"]+)"/g)) {
      const { pathname, hash, host } = new URL(href, `http://site${page}`);
      if (host !== 'site') continue;
      const target = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
      if (!places.get(target)?.has(decodeURIComponent(hash.slice(1))))
        dead.push(`${page}: ${href}`);
    }
  }
  if (dead.length > 0) throw new Error(`links to places that are not there:\n${dead.join('\n')}`);
}
