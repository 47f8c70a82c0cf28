// Which file of the repository is which page of the site. The files stay where they are: a page is made of the file itself.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../../tools/workspaces.mjs';

export const repository = 'https://github.com/mnet/mnet';

/** Files that are no pages, as patterns. */
export const excluded = [
  'README.md',
  '*/results/*/**',
  'examples/*/**',
  'packages/*/CHANGELOG.md',
  'packages/*/*/**',
  'tools/**',
  'runs/**',
  'data/**',
];

const rules = [
  [/^docs\/results\/README\.md$/, () => 'results.md'],
  [/^docs\/(.+\.md)$/, (name) => name],
  [/^docs-api\/(?:@mnet\/)?(.+\.md)$/, (name) => `api/${name}`],
  [/^packages\/backend\/PERFORMANCE\.md$/, () => 'performance.md'],
  [/^packages\/([^/]+)\/README\.md$/, (name) => `packages/${name}.md`],
  [/^examples\/README\.md$/, () => 'examples.md'],
  [/^CONTRIBUTING\.md$/, () => 'contributing.md'],
  [/^SECURITY\.md$/, () => 'security.md'],
];

/** The page that a file of the repository is, or undefined. */
export function pageOf(file) {
  for (const [pattern, page] of rules) {
    const found = pattern.exec(file);
    if (found) return page(...found.slice(1));
  }
  return undefined;
}

const isFolder = (path) => statSync(path).isDirectory();

/**
 * Where a link of a file leads on the site: to a page where its file is one, else to the file in the repository.
 *
 * @param from the path of the file with the link, from the root
 * @param href a relative link, as it works in the repository
 * @throws for a link to nothing
 */
export function linkOnSite(from, href) {
  const [, path = '', hash = ''] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  const target = normalize(join(dirname(from), decodeURI(path))).replace(/\/$/, '');
  const whole = join(root, target);
  if (!existsSync(whole)) throw new Error(`${from}: a link leads to ${href}, which does not exist`);
  const file = isFolder(whole) ? join(target, 'README.md') : target;
  const page = pageOf(file);
  if (page && existsSync(join(root, file))) return `/${page}${hash}`;
  return `${repository}/${isFolder(whole) ? 'tree' : 'blob'}/main/${target}${hash}`;
}
