// `npm run release -- [STEP] [--dry-run] [--by-hand] [--otp CODE] [--dir FOLDER]`: publishes the version that stands in this
// clone. Without STEP all of them run in turn:
//   status    says what the registry and the server lack of this version (in a workflow, to its outputs too)
//   build     builds the packages
//   pack      makes the tarballs and plan.json in FOLDER (release/), with the addons that were built
//   check     refuses tarballs that do not belong together
//   publish   publishes what the registry lacks, from a clean tree, in CI or with --by-hand
//   announce  tags the commit, and makes the release on GitHub where there is GH_TOKEN
// --dry-run shows what would be published of what is built, and why not from here; it calls nothing that publishes or tags.
// Each step may be run again: what is done stays as it is.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import { parseArgs } from 'node:util';
import { bin, each, run } from '../packages/run.mjs';
import { publicPackages, root } from '../workspaces.mjs';
import { announce, isTagged } from './announce.mjs';
import { check } from './check.mjs';
import { circumstances, pendingChangesets, refusals } from './may-publish.mjs';
import { pack, readPlan } from './pack.mjs';
import { addonPackages, sharedVersion } from './packages.mjs';
import { conflicts, distTag, publish, statesOf } from './publish.mjs';
import { publishedIntegrity, registryOf } from './registry.mjs';
import { table } from './table.mjs';

const say = (line) => console.log(line);

/** Runs a program that may ask its user, such as npm for a one-time password. */
function hands(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}`)),
    );
  });
}

async function status() {
  const version = sharedVersion();
  const pending = pendingChangesets();
  const names = [
    ...addonPackages().map(({ name }) => name),
    ...publicPackages().map(({ manifest }) => manifest.name),
  ];
  const missing = [];
  const failures = await each(names, String, async (name) => {
    if ((await publishedIntegrity(name, version)) === undefined) missing.push(name);
  });
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const tagged = await isTagged(version);
  say(`${version}: ${names.length - missing.length} of ${names.length} packages are published`);
  say(tagged ? `v${version}: is tagged` : `v${version}: is not tagged`);
  if (pending.length > 0) say(`${pending.length} changesets wait for npm run version`);
  const due = pending.length === 0 && (missing.length > 0 || !tagged);
  say(due ? 'to be released' : 'nothing to release');
  if (process.env.GITHUB_OUTPUT) {
    appendFileSync(process.env.GITHUB_OUTPUT, `due=${due}\nversion=${version}\n`);
  }
}

const build = () => hands(bin('nx'), ['run-many', '-t', 'build', '--output-style=static']);

/** The packages whose source has changed since they were built; of what was never built, `pack` tells. */
async function stale() {
  const configs = publicPackages().map(({ folder }) => join(folder, 'tsconfig.json'));
  const said = await run(bin('tsc'), ['-b', '--dry', ...configs]);
  return publicPackages().flatMap(({ folder }) =>
    said.includes(`would build project '${join(root, folder, 'tsconfig.json')}'`) ? [folder] : [],
  );
}

/** What would be published, and what stands against it. */
async function show(dir, byHand) {
  const plan = readPlan(dir);
  const states = await statesOf(plan, dir);
  say(table(plan, states));
  say(
    `\nregistry ${await registryOf('@mnet')}, tag ${distTag(plan.version)}, commit ${plan.commit}`,
  );
  for (const folder of await stale()) say(`${folder}: was built of an older source; npm run build`);
  const reasons = [
    ...check(plan, dir),
    ...conflicts(plan, states),
    ...refusals(await circumstances(plan), { byHand }),
  ];
  for (const reason of reasons) say(`would be refused: ${reason}`);
  say('dry run: nothing was published');
}

function checked(dir) {
  const problems = check(readPlan(dir), dir);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  say('the tarballs belong together');
}

async function published(dir, { byHand, otp }) {
  const plan = readPlan(dir);
  const reasons = refusals(await circumstances(plan), { byHand });
  if (reasons.length > 0) throw new Error(`not published:\n${reasons.join('\n')}`);
  const states = await statesOf(plan, dir);
  say(table(plan, states));
  const words = ['--access', 'public', '--loglevel=error', ...(otp ? ['--otp', otp] : [])];
  // Trusted publishing does so by itself, a token in a workflow only when told.
  if (process.env.ACTIONS_ID_TOKEN_REQUEST_URL) words.push('--provenance');
  await publish(plan, states, {
    publishOne: ({ tarball, tag }) => {
      // That of `latest` is npm's own, which refuses to move it back to a lower version.
      const tagged = tag === 'latest' ? [] : ['--tag', tag];
      return hands('npm', ['publish', join(dir, tarball), ...words, ...tagged]);
    },
    stateOf: async (one) => (await statesOf({ packages: [one] }, dir)).get(one.name).state,
    say,
  });
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      'by-hand': { type: 'boolean', default: false },
      otp: { type: 'string' },
      dir: { type: 'string', default: join(root, 'release') },
    },
  });
  const dir = absolute(values.dir);
  const byHand = values['by-hand'];
  const steps = {
    status,
    build,
    pack: async () => {
      const { version, packages } = await pack(dir);
      say(`packed ${packages.length} packages of ${version} into ${dir}`);
    },
    check: () => checked(dir),
    publish: () => published(dir, { byHand, otp: values.otp }),
    announce: () => announce(readPlan(dir), dir, { say }),
  };
  if (positionals.length > 1 || (positionals[0] && !Object.hasOwn(steps, positionals[0]))) {
    throw new Error(
      `step: got ${positionals.join(' ')}, takes one of ${Object.keys(steps).join(', ')}, or none for all`,
    );
  }
  if (values['dry-run']) {
    steps.publish = () => show(dir, byHand);
    steps.announce = () => say('dry run: nothing is tagged');
  }
  const all = values['dry-run']
    ? ['pack', 'publish', 'announce']
    : ['build', 'pack', 'check', 'publish', 'announce'];
  for (const step of positionals.length > 0 ? positionals : all) await steps[step]();
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
