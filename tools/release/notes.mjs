// The notes of a release, of the packages' changelogs: each change once, with the packages that it is about,
// under the heading that it has in the most affected of them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from '../workspaces.mjs';

/** The part of a changelog that is about a version, by heading: `{ 'Minor Changes': ['- …', …] }`. */
export function sectionOf(changelog, version) {
  const lines = changelog.split('\n');
  const start = lines.indexOf(`## ${version}`);
  if (start < 0) return {};
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  const changes = {};
  let heading;
  for (const line of section) {
    if (line.startsWith('### ')) changes[(heading = line.slice('### '.length))] = [];
    else if (line.startsWith('- ')) changes[heading].push(line);
    else if (heading !== undefined && changes[heading].length > 0) {
      changes[heading].push(`${changes[heading].pop()}\n${line}`);
    }
  }
  for (const items of Object.values(changes))
    items.forEach((text, i) => (items[i] = text.trimEnd()));
  return changes;
}

const order = ['Major Changes', 'Minor Changes', 'Patch Changes'];
/** What every changelog of a package has that needs others. */
const ofNeeds = '- The packages of mnet that this one needs are';

/**
 * @param changelogs the text of each package's, by the package's name
 */
export function notesOf(changelogs, version) {
  const changes = new Map();
  for (const [name, text] of Object.entries(changelogs)) {
    for (const [heading, items] of Object.entries(sectionOf(text, version))) {
      for (const item of items.filter((change) => !change.startsWith(ofNeeds))) {
        const change = changes.get(item) ?? { rank: order.length, names: [] };
        change.rank = Math.min(change.rank, order.indexOf(heading));
        change.names.push(name);
        changes.set(item, change);
      }
    }
  }
  const parts = order.flatMap((heading, rank) => {
    const items = [...changes].filter(([, change]) => change.rank === rank);
    const lines = items.map(([item, { names }]) => {
      const about = names.map((name) => `\`${name}\``).join(', ');
      return `- ${about}: ${item.slice('- '.length)}`;
    });
    return lines.length > 0 ? [`## ${heading}`, lines.join('\n')] : [];
  });
  return `${parts.join('\n\n') || 'No changes that users notice.'}\n`;
}

/** The notes of what stands in this clone. */
export function notes(version) {
  const changelogs = publicPackages().map(({ folder, manifest }) => {
    const path = join(root, folder, 'CHANGELOG.md');
    return [manifest.name, existsSync(path) ? readFileSync(path, 'utf8') : ''];
  });
  return notesOf(Object.fromEntries(changelogs), version);
}
