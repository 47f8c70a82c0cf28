// Every program and command line of every README, as a reader meets them: in a folder in which the page's own install
// lines were followed, with the packages from their tarballs. Of guides, what is quick: see guides.mjs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lookAtGuides } from './guides.mjs';
import { install } from './installs.mjs';
import {
  checkInstalls,
  checkTypes,
  runCommands,
  runPrograms,
  told,
  writeChecked,
} from './page-checks.mjs';
import { isGuide, pages } from './pages.mjs';
import { each } from './run.mjs';

async function checkPage(page, folder) {
  checkInstalls(page);
  if (page.programs.length > 0) await checkTypes(folder, writeChecked(page, folder));
  await runPrograms(page, folder);
  await runCommands(page, folder);
}

/**
 * @param dir an empty folder
 * @param packages the public packages
 * @param together where all of them are installed, for pages that install nothing, and for guides
 * @returns messages of what failed
 */
export async function checkReadmes(dir, packages, together) {
  const all = pages().filter((page) => !isGuide(page));
  const without = packages
    .map(({ folder }) => all.find(({ file }) => file === join(folder, 'README.md')))
    .filter(({ names, programs }) => names.length === 0 || programs.length === 0);
  const failures = without.map(({ file }) => `${file}: has no install line or no program`);
  const nameOf = ({ file }) => file;
  const failed = await each(all, nameOf, async (page) => {
    const start = performance.now();
    const { file, names } = page;
    const folder = names.length > 0 ? join(dir, file.replaceAll('/', '-')) : together;
    if (!existsSync(folder)) await install(folder, [...names, '@types/node'], packages);
    await checkPage(page, folder);
    console.log(told(page, start));
  });
  return [...failures, ...failed, ...(await lookAtGuides(together))];
}
