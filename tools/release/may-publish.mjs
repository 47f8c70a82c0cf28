// Whether a release may be published from here.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { run } from '../packages/run.mjs';
import { root } from '../workspaces.mjs';
import { trustedPublishing } from './publish.mjs';
import { npmVersion } from './registry.mjs';

/** The changesets that no version has taken up yet. */
export function pendingChangesets(folder = join(root, '.changeset')) {
  const pre = join(folder, 'pre.json');
  const taken = existsSync(pre) ? JSON.parse(readFileSync(pre, 'utf8')).changesets : [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .filter((file) => !taken.includes(file.slice(0, -'.md'.length)))
    .toSorted();
}

/** What decides whether a release may be published. */
export async function circumstances(plan, env = process.env) {
  const git = async (...words) => (await run('git', words)).trim();
  return {
    changed: (await git('status', '--porcelain')).split('\n').filter(Boolean),
    commit: await git('rev-parse', 'HEAD'),
    packed: plan.commit,
    pending: pendingChangesets(),
    ci: ['1', 'true'].includes(env.CI ?? ''),
    trusted: env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined,
    npm: await npmVersion(),
  };
}

/**
 * The reasons why not.
 *
 * @param options.byHand whether `--by-hand` was given
 */
export function refusals(
  { changed, commit, packed, pending, ci, trusted, npm },
  { byHand = false } = {},
) {
  const reasons = [];
  if (!ci && !byHand) reasons.push('CI: publishing is its task; by hand with --by-hand');
  if (changed.length > 0) {
    reasons.push(`files: ${changed.length} are not committed, ${changed[0].trim()} among them`);
  }
  if (commit !== packed) {
    reasons.push(`tarballs: those of ${packed.slice(0, 7)}, takes those of ${commit.slice(0, 7)}`);
  }
  if (pending.length > 0) {
    reasons.push(`changesets: ${pending.length} wait for npm run version, ${pending[0]} first`);
  }
  if (trusted && semver.lt(npm, trustedPublishing)) {
    reasons.push(`npm: got ${npm}, takes ${trustedPublishing} or newer for trusted publishing`);
  }
  return reasons;
}
