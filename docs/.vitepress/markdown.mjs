// What the site does with the repository's Markdown beyond VitePress: links, and drawings of Mermaid's.
import { relative } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import { root } from '../../tools/workspaces.mjs';
import { linkOnSite } from './pages.mjs';

const isRelative = (href) => !/^([a-z]+:|\/|#)/i.test(href);

/** Lets links lead where they lead in the repository. */
function mendLinks(markdown) {
  markdown.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    // Without a real path it is rendered for the search, which looks at no links.
    if (!env.realPath) return;
    const file = relative(root, env.realPath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href && isRelative(href)) token.attrSet('href', linkOnSite(file, href));
    }
  });
}

const themes = {
  light: { bg: '#ffffff', fg: '#3c3c43' },
  dark: { bg: '#1b1b1f', fg: '#dfdfd6' },
};

/** A drawing as a picture for each of the two colour schemes; it asks no other machine for a font. */
function drawing(source) {
  const pictures = Object.entries(themes).map(([scheme, colours]) => {
    const svg = renderMermaidSVG(source, { ...colours, transparent: true }).replace(
      /@import url\([^)]*\);/,
      '',
    );
    const data = Buffer.from(svg).toString('base64');
    return `<img class="${scheme}-only" alt="" src="data:image/svg+xml;base64,${data}">`;
  });
  return `<div class="drawings" role="img" aria-label="A drawing of what the text says">${pictures.join('')}</div>`;
}

function drawDiagrams(markdown) {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, i, ...rest) => {
    const { info, content } = tokens[i];
    return info.trim() === 'mermaid' ? drawing(content) : fence(tokens, i, ...rest);
  };
}

export function extendMarkdown(markdown) {
  mendLinks(markdown);
  drawDiagrams(markdown);
}
