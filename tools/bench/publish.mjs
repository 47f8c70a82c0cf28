// Appends results to the history that stands on a branch of its own, with a page that plots it:
//   node tools/bench/publish.mjs --results results.json [--remote origin] [--branch gh-pages] [--folder bench]
// The branch is made where it is not there; its other files stay as they are. Nothing is checked out: the commit is made of
// objects alone, and pushed. Where somebody else has pushed meanwhile, it is made again on top of theirs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  appendToHistory,
  historyEntry,
  historyPage,
  parseHistory,
  parseResults,
} from '@mnet/bench/results';

const { values: flags } = parseArgs({
  options: {
    results: { type: 'string' },
    remote: { type: 'string', default: 'origin' },
    branch: { type: 'string', default: 'gh-pages' },
    folder: { type: 'string', default: 'bench' },
    /** The commit that was measured; default the one that is checked out. */
    commit: { type: 'string', default: 'HEAD' },
    attempts: { type: 'string', default: '8' },
  },
});
if (flags.results === undefined) {
  throw new Error('--results: it is left out, takes a file that measure.mjs has written');
}
const { remote, branch, folder } = flags;
const name = 'github-actions[bot]';
const email = '41898282+github-actions[bot]@users.noreply.github.com';
const identity = {
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: email,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: email,
};

function git(args, { input, env = {} } = {}) {
  return execFileSync('git', args, {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...identity, ...env },
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  }).trim();
}

/** The commit that the branch stands at, there; undefined where there is no such branch. */
function tipThere() {
  const line = git(['ls-remote', '--heads', remote, `refs/heads/${branch}`]);
  return line === '' ? undefined : line.split('\t')[0];
}

/** A file of a commit; undefined where it has none of that name. */
function fileOf(commit, path) {
  if (git(['ls-tree', commit, '--', path]) === '') return undefined;
  return git(['show', `${commit}:${path}`]);
}

/** A commit on top of `tip` that has these files; undefined where that would change nothing. */
function commitOf(tip, files, message) {
  const scratch = mkdtempSync(join(tmpdir(), 'mnet-publish-'));
  const env = { GIT_INDEX_FILE: join(scratch, 'index') };
  try {
    git(['read-tree', tip ?? '--empty'], { env });
    for (const [path, content] of Object.entries(files)) {
      const blob = git(['hash-object', '-w', '--stdin'], { input: content });
      git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { env });
    }
    const tree = git(['write-tree'], { env });
    if (tip !== undefined && git(['rev-parse', `${tip}^{tree}`]) === tree) return undefined;
    return git(['commit-tree', tree, ...(tip === undefined ? [] : ['-p', tip]), '-m', message]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const results = parseResults(readFileSync(flags.results, 'utf8'), flags.results);
const commit = git(['rev-parse', '--verify', `${flags.commit}^{commit}`]);
const subject = git(['log', '-1', '--format=%s', commit]);
const entry = historyEntry(results, { commit, subject });

async function publish() {
  const path = `${folder}/history.json`;
  for (let attempt = 1; ; attempt++) {
    const tip = tipThere();
    if (tip !== undefined) git(['fetch', '--quiet', '--no-tags', remote, `refs/heads/${branch}`]);
    const before = tip && fileOf(tip, path);
    const history = appendToHistory(before, entry, { name: `${branch}:${path}` });
    const page = historyPage(parseHistory(history, path), 'Benchmark history of mnet');
    const files = { [path]: history, [`${folder}/index.html`]: page };
    // Pages of GitHub would otherwise be put through Jekyll.
    if (tip === undefined) files['.nojekyll'] = '';
    const made = commitOf(tip, files, `Benchmark of ${commit.slice(0, 10)}`);
    if (made === undefined) return 'nothing has changed';
    try {
      git(['push', '--quiet', remote, `${made}:refs/heads/${branch}`]);
      return `${branch} is at ${made.slice(0, 10)}`;
    } catch (error) {
      // Refused since another commit came first: on top of that one, then. Anything else stays as it is.
      if (tipThere() === tip || attempt >= Number(flags.attempts)) throw error;
      console.error(`${branch} has moved meanwhile, once more`);
      if (attempt > 1) await pause(Math.random() * 1000 * attempt);
    }
  }
}

console.log(await publish());
