// The pages of the repository that have programs and command lines: READMEs, guides and others.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from '../workspaces.mjs';
import { blocksOf, commandsOf, programsOf } from './markdown.mjs';

/** docs/ and the folders in it, of which those that begin with a dot are the site's. */
function foldersOfDocs(folder = 'docs') {
  const below = readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => foldersOfDocs(join(folder, name)));
  return [folder, ...below];
}

/** Every page at the root, under docs/, and of the packages and examples, but for what `changeset` writes. */
function files() {
  const packages = workspaces().map(({ folder }) => folder);
  const folders = ['.', ...foldersOfDocs(), 'examples', ...packages];
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  return found.filter((file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md')).toSorted();
}

/**
 * The pages: where each is, its programs, its command lines, what it has readers install, and its block of HTML.
 */
export function pages() {
  return files().map((file) => {
    try {
      const blocks = blocksOf(readFileSync(join(root, file), 'utf8'));
      const commands = commandsOf(blocks);
      const names = commands
        .map(({ line }) => line)
        .filter((line) => line.startsWith('npm install '))
        .flatMap((line) =>
          line
            .split(/\s+/)
            .slice(2)
            .filter((word) => !word.startsWith('-')),
        );
      const html = blocks.find(({ language }) => language === 'html')?.code.join('\n');
      return { file, commands, names: [...new Set(names)], programs: programsOf(blocks), html };
    } catch (error) {
      throw new Error(`${file}: ${error.message}`, { cause: error });
    }
  });
}

/** Guides are many and alike, and take long: they are looked at here, and run by a check of their own. */
export const isGuide = ({ file }) => file.startsWith(join('docs', 'guide'));
