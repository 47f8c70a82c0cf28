// What `docs/changelog.md` shows: the changesets that are not released yet, then what `changeset version` wrote of each package.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMarkdownRenderer } from 'vitepress';
import { root, workspaces } from '../../tools/workspaces.mjs';

/** The entries of a changeset's head and the text after it. */
const changeset = /^---\n([\s\S]*?)---\n([\s\S]*)$/;

/** A changeset as an entry of a list: the packages that it changes, and what it says. */
function entry(text) {
  const [, head = '', said = ''] = changeset.exec(text) ?? [];
  const names = [...head.matchAll(/'(@mnet\/[\w-]+)'/g)].map(([, name]) => `\`${name}\``);
  return `- ${names.join(', ')}\n\n${said.trim().replace(/^/gm, '  ')}`;
}

/** Of a package's file: its releases, one level deeper, under the package's name. */
function releases({ folder, manifest }) {
  const file = join(root, folder, 'CHANGELOG.md');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').replace(/^# .*\n/, '');
  return [`## ${manifest.name}\n${text.replace(/^##/gm, '###')}`];
}

export default {
  watch: ['../../.changeset/*.md', '../../packages/*/CHANGELOG.md'],
  async load(files) {
    const waiting = files.filter((file) => /\.changeset\/(?!README)/.test(file)).toSorted();
    const unreleased = waiting.map((file) => entry(readFileSync(file, 'utf8')));
    const parts = [
      ...(unreleased.length > 0 ? [`## Not released yet\n\n${unreleased.join('\n\n')}`] : []),
      ...workspaces().flatMap(releases),
    ];
    const { site } = globalThis.VITEPRESS_CONFIG;
    const markdown = await createMarkdownRenderer(root, {}, site.base);
    return { html: markdown.render(parts.join('\n\n')) };
  },
};
