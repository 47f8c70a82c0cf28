import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HistoryEntry, parseHistory, writeResults } from '@mnet/bench';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import { oneOfEach } from '../sample-results.ts';
import { run } from './run.ts';

const program = new URL('../../../../tools/bench/publish.mjs', import.meta.url).pathname;

let dir: string;
let there: string;
let here: string;

/** Git in a folder, by nobody's own settings. */
function git(cwd: string, ...args: string[]): Promise<string> {
  return run('git', args, { cwd, env }).then(({ stdout }) => stdout.trim());
}

const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Somebody',
  GIT_AUTHOR_EMAIL: 'somebody@example.org',
  GIT_COMMITTER_NAME: 'Somebody',
  GIT_COMMITTER_EMAIL: 'somebody@example.org',
};

/** A commit here, that was measured. */
async function change(subject: string): Promise<string> {
  await git(here, 'commit', '--quiet', '--allow-empty', '-m', subject);
  return git(here, 'rev-parse', 'HEAD');
}

function publish(): ReturnType<typeof run> {
  const words = [...nodeFlags, program, '--results', join(dir, 'results.json')];
  return run(process.execPath, words, { cwd: here, env });
}

async function history(): Promise<HistoryEntry[]> {
  return parseHistory(await git(there, 'show', 'gh-pages:bench/history.json'), 'history');
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-publish-test-'));
  there = join(dir, 'there.git');
  here = join(dir, 'here');
  await git(dir, 'init', '--quiet', '--bare', there);
  await git(dir, 'init', '--quiet', here);
  await git(here, 'remote', 'add', 'origin', there);
  await writeResults(join(dir, 'results.json'), oneOfEach);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('publishing the history', () => {
  it('makes the branch where it is not there', async () => {
    const first = await change('First');
    const { stderr, status } = await publish();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(await history()).toMatchObject([{ commit: first, subject: 'First' }]);
    const files = await git(there, 'ls-tree', '-r', '--name-only', 'gh-pages');
    expect(files.split('\n')).toEqual(['.nojekyll', 'bench/history.json', 'bench/index.html']);
    expect(await git(there, 'rev-list', '--count', 'gh-pages')).toBe('1');
    // Nothing is left where it ran.
    expect(await git(here, 'status', '--porcelain')).toBe('');
    expect(await git(here, 'branch', '--list', 'gh-pages')).toBe('');
  });

  it('appends, and leaves what others have put there', async () => {
    const site = join(dir, 'site');
    await git(dir, 'clone', '--quiet', '--branch', 'gh-pages', there, site);
    mkdirSync(join(site, 'docs'));
    writeFileSync(join(site, 'docs', 'index.html'), 'docs');
    await git(site, 'add', '.');
    await git(site, 'commit', '--quiet', '-m', 'Docs');
    await git(site, 'push', '--quiet');

    const second = await change('Second');
    expect((await publish()).status).toBe(0);
    expect((await history()).map(({ commit }) => commit).at(-1)).toBe(second);
    expect(await git(there, 'show', 'gh-pages:docs/index.html')).toBe('docs');
    expect(await git(there, 'rev-list', '--count', 'gh-pages')).toBe('3');
    const page = await git(there, 'show', 'gh-pages:bench/index.html');
    expect(page).toContain('2 commits');
    expect(page).not.toMatch(/<script|https?:/);
  });

  it('says that nothing has changed where the same is published again', async () => {
    expect((await publish()).stdout).toBe('nothing has changed\n');
    expect(await history()).toHaveLength(2);
  });

  it('goes on top of a push that came between', async () => {
    const third = await change('Third');
    // Git calls it when all is ready to be pushed: the moment in which another push comes first.
    const hook = join(here, '.git', 'hooks', 'pre-push');
    const site = join(dir, 'site');
    mkdirSync(join(here, '.git', 'hooks'), { recursive: true });
    const lines = [
      '#!/bin/sh',
      'unset GIT_DIR GIT_INDEX_FILE',
      `rm "${hook}"`,
      `cd "${site}" && git pull --quiet && git commit --quiet --allow-empty -m Between && git push --quiet`,
    ];
    writeFileSync(hook, `${lines.join('\n')}\n`);
    chmodSync(hook, 0o755);
    const { stderr, status } = await publish();
    expect(stderr).toContain('gh-pages has moved meanwhile, once more');
    expect(status).toBe(0);
    expect((await history()).map(({ commit }) => commit)).toHaveLength(3);
    expect((await history()).at(-1)?.commit).toBe(third);
    const subjects = await git(there, 'log', '--format=%s', 'gh-pages');
    expect(subjects.split('\n').slice(0, 2)).toEqual([
      `Benchmark of ${third.slice(0, 10)}`,
      'Between',
    ]);
  });

  it('loses neither of two that publish at once', async () => {
    const [other, own] = [join(dir, 'other'), await change('Fourth')];
    await git(dir, 'clone', '--quiet', here, other);
    await git(other, 'remote', 'set-url', 'origin', there);
    await git(other, 'commit', '--quiet', '--allow-empty', '-m', 'Fifth');
    const fifth = await git(other, 'rev-parse', 'HEAD');
    const words = [...nodeFlags, program, '--results', join(dir, 'results.json')];
    const both = await Promise.all([publish(), run(process.execPath, words, { cwd: other, env })]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const commits = (await history()).map(({ commit }) => commit);
    expect(commits).toHaveLength(5);
    expect(commits).toEqual(expect.arrayContaining([own, fifth]));
  });

  it('leaves a branch alone whose history is none of ours, or that takes no push', async () => {
    const before = await git(there, 'rev-parse', 'gh-pages');
    const hook = join(there, 'hooks', 'pre-receive');
    mkdirSync(join(there, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexit 1\n');
    chmodSync(hook, 0o755);
    await change('Refused');
    const refused = await publish();
    expect(refused.status).toBe(1);
    expect(refused.stderr).not.toContain('once more');
    rmSync(hook);
    expect(await git(there, 'rev-parse', 'gh-pages')).toBe(before);

    const site = join(dir, 'site');
    await git(site, 'pull', '--quiet');
    writeFileSync(join(site, 'bench', 'history.json'), '{"entries":[]}');
    await git(site, 'commit', '--quiet', '-am', 'Foreign');
    await git(site, 'push', '--quiet');
    const foreign = await publish();
    expect(foreign.status).toBe(1);
    expect(foreign.stderr).toContain(
      "gh-pages:bench/history.json: format: got undefined, takes 'mnet-bench-history'",
    );
    expect(await git(there, 'show', 'gh-pages:bench/history.json')).toBe('{"entries":[]}');
  });
});
