// What must hold of the packages' metadata, of .changeset/config.json and of the workflows.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addonManifest } from '../../../packages/backend/scripts/addon-manifest.mjs';
import { targets } from '../../../packages/backend/scripts/native-targets.mjs';
import { publicPackages, root, workspaces } from '../../workspaces.mjs';
import { repositoryPage, sharedVersion } from '../packages.mjs';

const read = (...path) => readFileSync(join(root, ...path), 'utf8');
const own = JSON.parse(read('package.json'));
const page = repositoryPage();
const packages = publicPackages();

/** What npm shows of every package, or decides by it. */
function expectShared(manifest, folder) {
  expect(manifest).toMatchObject({
    license: own.license,
    engines: own.engines,
    repository: { type: 'git', url: `git+${page}.git`, directory: folder },
    homepage: `${page}/tree/main/${folder}#readme`,
    bugs: { url: `${page}/issues` },
    publishConfig: { access: 'public' },
  });
  expect(manifest.description).toMatch(/^\S.{20,}[^.]$/);
  expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
  expect(manifest.keywords.length).toBeGreaterThanOrEqual(5);
}

describe.each(packages.map(({ folder, manifest }) => [manifest.name, folder, manifest]))(
  '%s',
  (_, folder, manifest) => {
    it('says whose it is, and where', () => {
      expectShared(manifest, folder);
      expect(manifest.type).toBe('module');
    });

    it('has its licence and its README', () => {
      expect(read(folder, 'LICENSE')).toBe(read('LICENSE'));
      expect(read(folder, 'README.md')).toMatch(new RegExp(`^# ${manifest.name}\n`));
    });

    it('lists which of its files do something when they are imported', () => {
      const { sideEffects } = manifest;
      if (sideEffects === false) return;
      const sources = sideEffects.filter((file) => !file.startsWith('./dist/'));
      expect(sources.length).toBeGreaterThan(0);
      expect(sources.filter((file) => !existsSync(join(root, folder, file)))).toEqual([]);
      const built = sources.map((file) =>
        file.replace('./src/', './dist/').replace(/\.ts$/, '.js'),
      );
      expect(sideEffects).toEqual([...sources, ...built]);
    });

    it('publishes what is built, its source, and the changes', () => {
      expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', 'CHANGELOG.md']));
    });
  },
);

it.each(Object.keys(targets))('the addon for %s says so too', (target) => {
  const made = { sources: '0123456789ab', sha256: '01' };
  const manifest = addonManifest(target, made);
  expectShared(manifest, 'packages/backend');
  const { os, cpu } = targets[target];
  expect(manifest).toMatchObject({
    name: `@mnet/backend-${target}`,
    version: sharedVersion(),
    os: [os],
    cpu: [cpu],
    mnet: made,
  });
});

it('no description is that of another package', () => {
  expect(new Set(packages.map(({ manifest }) => manifest.description)).size).toBe(packages.length);
});

describe('.changeset/config.json', () => {
  const config = JSON.parse(read('.changeset', 'config.json'));

  it('has one group, of all public packages', () => {
    expect(config.fixed).toHaveLength(1);
    const names = packages.map(({ manifest }) => manifest.name);
    expect(new Set(config.fixed[0])).toEqual(new Set(names));
    expect(config.fixed[0]).toHaveLength(names.length);
  });

  it('links to this repository', () => {
    const [path, { repository }] = config.changelog;
    expect(existsSync(join(root, '.changeset', path))).toBe(true);
    expect(repository).toBe(page);
  });

  it('leaves private packages alone', () => {
    expect(config.privatePackages).toEqual({ version: false, tag: false });
    const others = workspaces().filter(({ manifest }) => manifest.private);
    expect(others.length).toBeGreaterThan(0);
    for (const { manifest } of others) expect(config.fixed[0]).not.toContain(manifest.name);
  });
});

const folder = join('.github', 'workflows');
describe.each(readdirSync(join(root, folder)))('%s', (file) => {
  const text = read(folder, file);
  const workflow = parse(text);
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  it('pins every action by its commit, and says its version', () => {
    const used = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(
      ([, name]) => !name.startsWith('./'),
    );
    expect(used.length).toBeGreaterThan(0);
    for (const [line] of used) {
      expect(line).toMatch(/^uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('may read the repository, and each job only what it needs besides', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('ends, and not twice at once', () => {
    expect(workflow.concurrency).toBeDefined();
    const endless = jobs.filter(([, job]) => !job.uses && !(job['timeout-minutes'] <= 120));
    expect(endless.map(([name]) => name)).toEqual([]);
  });

  it('keeps the token of a checkout only where it pushes', () => {
    const checkouts = jobs.flatMap(([name, job]) =>
      (job.steps ?? [])
        .filter(({ uses }) => uses?.startsWith('actions/checkout@'))
        .map((step) => [name, job, step]),
    );
    expect(checkouts.length).toBeGreaterThan(0);
    const keeping = checkouts.filter(([, , step]) => step.with?.['persist-credentials'] !== false);
    const needless = keeping.filter(([, job]) => job.permissions?.contents !== 'write');
    expect(needless.map(([name]) => name)).toEqual([]);
  });

  it('runs no text that a pull request brings', () => {
    for (const { run } of steps.filter((step) => step.run)) {
      expect(run).not.toMatch(/\$\{\{\s*(github\.(event|head_ref|ref_name)|inputs)/);
    }
  });

  it('runs scripts that are there', () => {
    const lines = steps.flatMap(({ run }) => run?.split('\n') ?? []);
    const wrong = lines.filter((line) => {
      const [, script] = /^npm run (?:--silent )?(\S+)/.exec(line) ?? [];
      const [, program] = /^(?:node )?(\S+\.mjs|\.ci\/\S+)/.exec(line) ?? [];
      return (script && !own.scripts[script]) || (program && !existsSync(join(root, program)));
    });
    expect(wrong).toEqual([]);
  });
});

describe('release.yml', () => {
  const { jobs } = parse(read(folder, 'release.yml'));

  it('builds every addon that the packages name', () => {
    const built = jobs.addons.strategy.matrix.include.map(({ target }) => target);
    expect(built.toSorted()).toEqual(Object.keys(targets).toSorted());
  });

  it('publishes without a token, after the addons and the tests', () => {
    expect(jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(read(folder, 'release.yml')).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
    expect(jobs.publish.needs).toBe('pack');
    expect(jobs.pack.needs).toEqual(expect.arrayContaining(['tests', 'addons']));
  });
});
