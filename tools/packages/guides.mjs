// The guides of docs/guide: many programs that install much the same, and train. All that they install is installed once; that
// each installs what it imports is looked up.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  checkCommands,
  checkInstalls,
  checkTypes,
  runCommands,
  runPrograms,
  told,
  writeChecked,
} from './page-checks.mjs';
import { isGuide, pages } from './pages.mjs';
import { each } from './run.mjs';

const guides = () => pages().filter(isGuide);
const nameOf = ({ file }) => file;

/** What the guides have readers install. */
export const namesOfGuides = () => [...new Set(guides().flatMap(({ names }) => names))];

/** A guide's own folder within the one where all is installed. */
function folderOf({ file }, together) {
  const folder = join(together, 'guides', basename(file, '.md'));
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  symlinkSync(join('..', '..', 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/**
 * Checks types, install lines and command lines of all guides, in one process where that is possible.
 *
 * @param together where what they install is installed
 * @returns messages of what failed
 */
export async function lookAtGuides(together) {
  const start = performance.now();
  const all = guides();
  const failed = await each(all, nameOf, async (guide) => {
    checkInstalls(guide);
    await checkCommands(guide, folderOf(guide, together));
  });
  const files = all.flatMap((guide) => {
    const folder = folderOf(guide, together);
    return writeChecked(guide, folder).map((name) => join(folder, name));
  });
  await checkTypes(join(together, 'guides'), files).catch(({ message }) => failed.push(message));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `docs/guide: looked at ${all.length} guides, ${seconds} s; npm run check:guides runs them`,
  );
  return failed;
}

/**
 * Runs every program of every guide, and the command lines that they want run.
 *
 * @param together where what they install is installed
 * @returns messages of what failed
 */
export function runGuides(together) {
  return each(guides(), nameOf, async (guide) => {
    const start = performance.now();
    const folder = folderOf(guide, together);
    await runPrograms(guide, folder);
    await runCommands(guide, folder);
    console.log(told(guide, start));
  });
}
