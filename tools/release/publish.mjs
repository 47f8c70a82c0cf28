// Publishes what was packed: each version once, and the rest of a release whose publishing failed half way.
import { join } from 'node:path';
import semver from 'semver';
import { each } from '../packages/run.mjs';
import { publishedIntegrity, withPublished } from './registry.mjs';
import { differences } from './tarball.mjs';

/** Trusted publishing, without a token, is known to npm from here on. */
export const trustedPublishing = '11.5.1';

/** What the registry has of each package of a plan: `missing`, `same` or `other`, with the files that differ. */
export async function statesOf(plan, dir) {
  const states = new Map();
  const nameOf = ({ name, version }) => `${name}@${version}`;
  const failures = await each(plan.packages, nameOf, async ({ name, version, ...packed }) => {
    const there = await publishedIntegrity(name, version);
    if (there === undefined) states.set(name, { state: 'missing' });
    else if (there === packed.integrity) states.set(name, { state: 'same' });
    else {
      // The same files may have been compressed by another zlib.
      const differ = await withPublished(name, version, (published) =>
        differences(published, join(dir, packed.tarball)),
      );
      states.set(name, { state: differ.length === 0 ? 'same' : 'other', differ });
    }
  });
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return states;
}

/** The tag under which npm installs a version: `latest`, or of 1.0.0-next.0 `next`. */
export const distTag = (version) => String(semver.prerelease(version)?.[0] ?? 'latest');

/**
 * The errors of what stands in the registry with another content, which no publishing can change.
 *
 * @param states as `statesOf` gives them
 */
export function conflicts(plan, states) {
  return plan.packages.flatMap(({ name, version }) => {
    const { state, differ } = states.get(name);
    if (state !== 'other') return [];
    const some = differ.slice(0, 3).join(', ');
    const more = differ.length > 3 ? ` and ${differ.length - 3} more` : '';
    return [`${name}@${version}: published with another content; ${some}${more} differ`];
  });
}

/**
 * Publishes what the registry lacks, one after the other in the plan's order.
 *
 * @param options.publishOne publishes a tarball: `({ name, version, tarball, tag }) => Promise`
 * @param options.stateOf what the registry has of one package, asked again after a publishing that failed
 * @param options.say takes lines for the log
 * @throws before anything is published where a version stands there with another content; where one fails, with what is
 *   done by then
 */
export async function publish(plan, states, { publishOne, stateOf, say }) {
  const wrong = conflicts(plan, states);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const tag = distTag(plan.version);
  let done = 0;
  for (const one of plan.packages) {
    const { name, version } = one;
    if (states.get(name).state === 'same') {
      say(`${name}@${version}: is published already`);
    } else {
      try {
        await publishOne({ ...one, tag });
      } catch (error) {
        // It may have arrived, and only its answer not.
        const state = await stateOf(one).catch(() => 'unknown');
        if (state !== 'same') {
          const so = `${done} of ${plan.packages.length} are published; the same command goes on from there`;
          throw new Error(`${name}@${version}: ${error.message}\n${so}`, { cause: error });
        }
      }
      say(`${name}@${version}: published`);
    }
    done++;
  }
}
