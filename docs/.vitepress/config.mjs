// The site: `npm run docs` makes it in docs/.vitepress/dist, `npx vitepress dev docs` shows it while pages are edited.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { root } from '../../tools/workspaces.mjs';
import { checkAnchors } from './anchors.mjs';
import { extendMarkdown } from './markdown.mjs';
import { excluded, pageOf, repository } from './pages.mjs';

const guides = [
  {
    text: 'Jobs',
    items: [
      { text: 'Train', link: '/guide/train' },
      { text: 'A student of your own layers', link: '/guide/own-student' },
      { text: 'Your own data', link: '/guide/own-data' },
      { text: 'Weights from PyTorch', link: '/guide/pytorch-weights' },
      { text: 'Distil', link: '/guide/distil' },
      { text: 'Measure', link: '/guide/measure' },
      { text: 'Choose a recipe', link: '/guide/recipes' },
      { text: 'Seeds and comparisons', link: '/guide/compare-runs' },
      { text: 'Many runs: studies', link: '/guide/studies' },
      { text: 'In the browser', link: '/guide/browser' },
    ],
  },
  {
    text: 'Parts of your own',
    items: [
      { text: 'A loss', link: '/guide/own-loss' },
      { text: 'A layer', link: '/guide/own-layer' },
      { text: 'A network', link: '/guide/own-network' },
      { text: 'A kernel (contributors)', link: '/guide/kernel' },
    ],
  },
  {
    text: 'To know',
    items: [
      { text: 'Coming from PyTorch, Keras, timm', link: '/coming-from' },
      { text: 'A thousand machines', link: '/scale' },
      { text: 'Versions it stands on', link: '/versions' },
      { text: 'Architecture', link: '/architecture' },
      { text: 'Contributing', link: '/contributing' },
      { text: 'Releasing', link: '/releasing' },
      { text: 'Changelog', link: '/changelog' },
    ],
  },
  {
    text: 'Figures',
    items: [
      { text: 'Results', link: '/results' },
      { text: 'Performance', link: '/performance' },
      { text: 'Experiments', link: '/examples' },
    ],
  },
];

const names = 'backend models layers data data-cifar train distill bench sweep cli ops core'.split(
  ' ',
);
const packages = [
  {
    text: 'Packages',
    items: names.map((name) => ({ text: `@mnet/${name}`, link: `/packages/${name}` })),
  },
];

/**
 * The sidebars that TypeDoc wrote, with the links of the site: of each package one, since one of all would be most of every
 * page; its groups are kinds of exports, and the package's entries where there are more.
 */
function reference() {
  const file = join(root, 'docs-api', 'typedoc-sidebar.json');
  if (!existsSync(file)) throw new Error('docs-api: there is no API reference yet: npm run docs');
  const onSite = ({ text, link, items }) => ({
    text,
    ...(link && { link: `/${pageOf(link.slice(1))}` }),
    ...(items && { items: items.map(onSite), collapsed: true }),
  });
  const kinds = /^[A-Z]/; // Functions, Interfaces, …: anything else is an entry
  const groups = JSON.parse(readFileSync(file, 'utf8'));
  const all = groups.map(({ text }) => ({ text, link: `/api/${text.replace('@mnet/', '')}/` }));
  const sidebars = groups.map((group, i) => {
    const items = group.items.map((item) =>
      kinds.test(item.text) ? item : { ...item, text: importedAs(group.text, item.text) },
    );
    const own = { ...onSite({ ...group, items }), collapsed: false };
    return [all[i].link, [own, { text: 'All packages', items: all, collapsed: true }]];
  });
  return { ...Object.fromEntries(sidebars), '/api/': [{ text: 'Packages', items: all }] };
}

const importedAs = (name, entry) => (entry === 'index' ? name : `${name}/${entry}`);

export default defineConfig({
  title: 'mnet',
  description: 'Train, distil, measure and ship small convolutional networks in TypeScript',
  lang: 'en',
  base: process.env.DOCS_BASE ?? '/mnet/',
  // What all pages share, once and not in each.
  metaChunk: true,
  // Pages are files from all over the repository: each is read where it is.
  srcDir: '..',
  srcExclude: excluded,
  rewrites(file) {
    const page = pageOf(file);
    if (!page) throw new Error(`${file}: no page of the site, and not excluded in pages.mjs`);
    return page;
  },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The same anchors as in the repository.
  markdown: { anchor: { slugify: slug }, toc: { slugify: slug }, config: extendMarkdown },
  buildEnd: ({ outDir }) => checkAnchors(outDir, process.env.DOCS_BASE ?? '/mnet/'),
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/train' },
      { text: 'Packages', link: '/packages/models' },
      { text: 'API', link: '/api/' },
      { text: 'Results', link: '/results' },
      { text: 'Performance', link: '/performance' },
    ],
    sidebar: { '/packages/': packages, ...reference(), '/': guides },
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    footer: { message: 'MIT licence' },
  },
  vite: { publicDir: join(root, 'docs', 'public'), build: { chunkSizeWarningLimit: 4096 } },
});
