// Two releases in a row, from the changeset to a user who upgrades, against a git server and a registry on this machine.
// The tests are steps: each goes on from where the one before it left all.
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicPackages } from '../../workspaces.mjs';
import { addonPackages, sharedVersion } from '../packages.mjs';
import { cloneWithServer, git, nativeHere, putAddons, putVersion } from './clone.mjs';
import { LocalRegistry } from './local-registry.mjs';

const names = [
  ...addonPackages().map(({ name }) => name),
  ...publicPackages().map(({ manifest }) => manifest.name),
];
const all = `${names.length} of ${names.length}`;
/** The versions follow from where the packages stand now. */
const [major, minor] = sharedVersion().split('.').map(Number);
const first = `${major}.${minor + 1}.0`;
const second = `${major}.${minor + 1}.1`;

let folder, clone, user, registry, env, answer;

/** Runs a program to its end, whatever that is; the registry, of this process, answers it meanwhile. */
function run(command, args, { cwd = clone, more = {} } = {}) {
  const options = { cwd, env: { ...env, ...more }, maxBuffer: 1 << 26 };
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, said: `${stdout}${stderr}`, stdout }),
    );
    child.stdin.end();
  });
}

const release = (words, more) =>
  run(process.execPath, [join('tools', 'release', 'main.mjs'), ...words], { more });

/** The same, which must do it. */
async function done(running) {
  const { status, said, stdout } = await running;
  if (status !== 0) throw new Error(`ended with ${status}\n${said}`);
  return stdout;
}

async function published(version) {
  const have = await Promise.all(names.map((name) => registry.versionsOf(name)));
  return names.filter((_, i) => have[i].includes(version));
}

/** What the program says of the packages that are installed. */
async function programOfUser() {
  return JSON.parse(await done(run(process.execPath, ['program.mjs'], { cwd: user })));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mnet-releases-'));
  clone = cloneWithServer(folder);
  user = join(folder, 'user');
  registry = new LocalRegistry(join(folder, 'registry'));
  await registry.start();
  env = { ...process.env, CI: 'true', ...(await registry.environment('@mnet')) };
  for (const name of ['GITHUB_OUTPUT', 'GH_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL']) {
    delete env[name];
  }
});

afterAll(async () => {
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the first release', () => {
  it('waits while changesets are pending', async () => {
    writeFileSync(
      join(clone, '.changeset', 'waiting.md'),
      "---\n'@mnet/ops': patch\n---\n\nA change.\n",
    );
    const output = join(folder, 'output');
    await done(release(['status'], { GITHUB_OUTPUT: output }));
    expect(readFileSync(output, 'utf8')).toContain('due=false');
    rmSync(join(clone, '.changeset', 'waiting.md'));
  });

  it('takes its version from a changeset, with all that names versions', async () => {
    await putVersion(clone, {
      changeset: "---\n'@mnet/models': minor\n'@mnet/ops': patch\n---\n\nA rehearsed change.\n",
      env,
    });
    for (const one of publicPackages()) {
      const manifest = JSON.parse(readFileSync(join(clone, one.folder, 'package.json'), 'utf8'));
      expect(manifest.version).toBe(first);
    }
    const lock = readFileSync(join(clone, 'package-lock.json'), 'utf8');
    expect(JSON.parse(lock).packages['packages/models'].version).toBe(first);
    expect(lock).not.toContain('"resolved": "http');
    const commit = git(clone, 'log', '--format=%h', '-1', '--', '.changeset/rehearsed.md');
    expect(commit).not.toBe('');
    const changelog = readFileSync(join(clone, 'packages/models/CHANGELOG.md'), 'utf8');
    expect(changelog).toMatch(
      /## \S+\n\n### Minor Changes\n[^#]*- A rehearsed change\. \(\[\w{7}\]\(https:\/\/\S+\/commit\/\w{40}\)\)/,
    );
    const output = join(folder, 'output-due');
    await done(release(['status'], { GITHUB_OUTPUT: output }));
    expect(readFileSync(output, 'utf8')).toBe(`due=true\nversion=${first}\n`);
  });

  it('is refused while an addon is missing, or is of another version', async () => {
    await done(release(['pack']));
    const { status, said } = await release(['check']);
    expect(status).toBe(1);
    expect(said).toContain('@mnet/backend-darwin-arm64: not packed: npm run native');
  });

  it('shows what would be published, and publishes none of it', async () => {
    await putAddons(clone);
    await done(release(['pack']));
    await done(release(['check']));
    const said = await done(release(['publish', '--dry-run']));
    for (const name of names) {
      expect(said).toMatch(new RegExp(`^${name} +${first} +\\d+ .* to be published$`, 'm'));
    }
    expect(said).toContain(`registry ${registry.url}, tag latest`);
    expect(said).not.toContain('would be refused');
    expect(await published(first)).toEqual([]);
  });

  it('is refused outside of CI, and from a tree with changes', async () => {
    appendFileSync(join(clone, 'README.md'), '\n');
    const { status, said } = await release(['publish'], { CI: '' });
    git(clone, 'checkout', '--quiet', 'README.md');
    expect(status).toBe(1);
    expect(said).toContain('--by-hand');
    expect(said).toContain('README.md');
    expect(await published(first)).toEqual([]);
  });

  it('is taken up again after the registry refused a package', async () => {
    registry.failOnce('@mnet/layers', 'refused');
    const { status, said } = await release(['publish']);
    expect(status).toBe(1);
    expect(said).toMatch(/^@mnet\/layers@\S+: npm publish ended with 1$/m);
    const have = await published(first);
    expect(have).toContain('@mnet/backend');
    expect(have).not.toContain('@mnet/layers');
    expect(said).toContain(`${have.length} of ${names.length} are published`);
    const now = await done(release(['status']));
    expect(now).toContain(`${first}: ${have.length} of ${names.length} packages are published`);
  });

  it('is taken up again after the registry was killed, to the end', async () => {
    const before = await published(first);
    registry.failOnce('@mnet/train', 'killed');
    const { status, said } = await release(['publish']);
    expect(status).toBe(1);
    expect(said).toContain('@mnet/train@');
    await registry.start();
    const after = await published(first);
    expect(after.length).toBeGreaterThan(before.length);
    expect(after).not.toContain('@mnet/train');
    registry.failOnce('@mnet/cli', 'lost');
    const last = await done(release(['publish']));
    expect(last).toContain(`@mnet/models@${first}: is published already`);
    expect(last).toContain(`@mnet/cli@${first}: published`);
    expect(await published(first)).toEqual(names);
  });

  it('publishes nothing twice', async () => {
    const said = await done(release(['publish']));
    for (const name of names) expect(said).toContain(`${name}@${first}: is published already`);
  });

  it('refuses the same version with another content, by name', async () => {
    const file = join(clone, 'packages', 'distill', 'dist', 'index.js');
    const before = readFileSync(file);
    appendFileSync(file, '// another\n');
    const dir = ['--dir', join(clone, 'release', 'other')];
    await done(release(['pack', ...dir]));
    const { status, said } = await release(['publish', ...dir]);
    writeFileSync(file, before);
    expect(status).toBe(1);
    expect(said).toContain(
      `@mnet/distill@${first}: published with another content; dist/index.js differ`,
    );
  });

  it('is tagged and announced once', async () => {
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    // GitHub's command: it keeps what it was told, and knows the releases that it made.
    writeFileSync(
      join(tools, 'gh'),
      `#!/bin/sh
echo "$@" >> "${folder}/gh"
if [ "$2" = view ]; then test -f "${folder}/made-$3"; else touch "${folder}/made-$3"; cp "$8" "${folder}/notes"; fi
`,
      { mode: 0o755 },
    );
    const more = { GH_TOKEN: 'of-the-rehearsal', PATH: `${tools}${delimiter}${process.env.PATH}` };
    await done(release(['announce'], more));
    const origin = join(folder, 'origin.git');
    const head = git(clone, 'rev-parse', 'HEAD');
    expect(git(origin, 'rev-parse', `v${first}`)).toBe(head);
    expect(readFileSync(join(folder, 'notes'), 'utf8')).toMatch(
      /- `@mnet\/models`, `@mnet\/ops`: A rehearsed change\./,
    );
    const again = await done(release(['announce'], more));
    expect(again).toContain(`v${first}: is tagged already`);
    const told = readFileSync(join(folder, 'gh'), 'utf8').trim().split('\n');
    expect(told.map((line) => line.split(' ')[1])).toEqual(['view', 'create', 'view']);
    const now = await done(release(['status']));
    expect(now).toContain(`${first}: ${all} packages are published`);
    expect(now).toContain('nothing to release');
  });

  it('is what a user gets', async () => {
    mkdirSync(user);
    copyFileSync(join(import.meta.dirname, 'program.mjs'), join(user, 'program.mjs'));
    await done(run('npm', ['init', '--yes'], { cwd: user }));
    const wanted = ['@mnet/backend', '@mnet/models', '@tensorflow/tfjs-core'];
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    await done(
      run('npm', ['install', ...quiet, ...wanted, '@tensorflow/tfjs-layers'], { cwd: user }),
    );
    answer = await programOfUser();
    expect(answer.versions).toEqual([first, first, first]);
    expect(answer.runtime).toBe(nativeHere ? 'native' : 'wasm');
    expect(answer.logits).toHaveLength(10);
  });
});

describe('the second release', () => {
  it('is made of another changeset', async () => {
    appendFileSync(
      join(clone, 'packages', 'core', 'README.md'),
      '\nA line of the second release.\n',
    );
    await putVersion(clone, {
      changeset: "---\n'@mnet/core': patch\n---\n\nAnother rehearsed change.\n",
      env,
    });
    // Private packages too, whose ranges had room for it.
    const example = readFileSync(join(clone, 'examples', 'suite', 'package.json'), 'utf8');
    expect(JSON.parse(example).dependencies['@mnet/core']).toBe(`^${second}`);
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  it('is refused with the addons of the release before', async () => {
    await done(release(['pack']));
    const { status, said } = await release(['check']);
    expect(status).toBe(1);
    expect(said).toContain(`@mnet/backend-darwin-x64: version: got ${first}, takes ${second}`);
  });

  it('is published and tagged', async () => {
    await putAddons(clone);
    await done(release(['pack']));
    await done(release(['check']));
    await done(release(['publish']));
    await done(release(['announce']));
    expect(await published(second)).toEqual(names);
    expect(await published(first)).toEqual(names);
    expect(git(clone, 'ls-remote', '--tags', 'origin')).toContain(`refs/tags/v${second}`);
  });

  it('is what the user upgrades to, whose program gives the same', async () => {
    await done(run('npm', ['update', '--no-audit', '--no-fund'], { cwd: user }));
    expect(await programOfUser()).toEqual({ ...answer, versions: [second, second, second] });
    const readme = join(user, 'node_modules', '@mnet', 'core', 'README.md');
    expect(readFileSync(readme, 'utf8')).toContain('A line of the second release.');
    const tree = JSON.parse(await done(run('npm', ['ls', '--all', '--json'], { cwd: user })));
    const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8'));
    const ours = Object.entries(lock.packages).filter(([path]) => path.includes('@mnet/'));
    expect(tree.problems).toBeUndefined();
    expect(ours.filter(([, { version }]) => version !== second)).toEqual([]);
    const nested = ours.filter(([path]) => path.split('node_modules').length > 2);
    expect(nested).toEqual([]);
    expect(existsSync(join(user, 'node_modules', '@mnet', 'ops'))).toBe(true);
  });
});
