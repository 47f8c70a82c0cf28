// The tag of a published version, and its release on GitHub with the notes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { run } from '../packages/run.mjs';
import { notes } from './notes.mjs';

/** The commit that a tag of the repository on the server stands for; undefined where it has none. */
async function tagged(tag) {
  const refs = [`refs/tags/${tag}`, `refs/tags/${tag}^{}`];
  const lines = (await run('git', ['ls-remote', 'origin', ...refs])).trim().split('\n');
  // Of an annotated tag the second line is its commit, the first the tag itself.
  return lines.filter(Boolean).at(-1)?.split('\t')[0];
}

/**
 * Tags the commit that was published, and where `gh` is logged in (in a workflow, by GH_TOKEN), makes the release. What is
 * there already stays.
 *
 * @throws where the tag stands for another commit
 */
export async function announce({ version, commit }, dir, { say, env = process.env }) {
  const tag = `v${version}`;
  const there = await tagged(tag);
  if (there !== undefined && there !== commit) {
    throw new Error(`${tag}: got ${there.slice(0, 7)} on the server, takes ${commit.slice(0, 7)}`);
  }
  if (there === undefined) {
    await run('git', ['push', '--quiet', 'origin', `${commit}:refs/tags/${tag}`]);
    say(`${tag}: tagged ${commit.slice(0, 7)}`);
  } else say(`${tag}: is tagged already`);
  const file = join(dir, 'notes.md');
  writeFileSync(file, notes(version));
  if (!env.GH_TOKEN) {
    say(`${tag}: no GH_TOKEN, so no release on GitHub; its notes are in ${file}`);
    return;
  }
  const released = await run('gh', ['release', 'view', tag]).then(
    () => true,
    () => false,
  );
  if (released) {
    say(`${tag}: is released on GitHub already`);
    return;
  }
  const pre = semver.prerelease(version) ? ['--prerelease'] : [];
  const words = ['--verify-tag', '--title', tag, '--notes-file', file, ...pre];
  say(`${tag}: ${(await run('gh', ['release', 'create', tag, ...words])).trim()}`);
}

/** Whether the server has the tag of a version. */
export const isTagged = async (version) => (await tagged(`v${version}`)) !== undefined;
