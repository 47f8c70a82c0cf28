// Which file may import which, type imports included, as docs/architecture.md draws it: `npm run check:imports`.

/** The packages that each stands on; whatever those stand on is allowed too. */
const standsOn = {
  core: [],
  ops: ['core'],
  backend: ['ops'],
  layers: ['ops'],
  models: ['layers'],
  data: ['core'],
  'data-cifar': ['data'],
  train: ['data', 'layers'],
  distill: ['train'],
  bench: ['models', 'train', 'backend'],
  sweep: ['bench'],
  cli: ['sweep', 'data-cifar', 'distill'],
};

/** A package and all below it. */
const reach = (name) => [name, ...standsOn[name].flatMap(reach)];

const directions = Object.keys(standsOn).map((name) => ({
  name: `${name}-stands-on-what-is-below`,
  comment: `${name} may import ${standsOn[name].join(', ') || 'no package of ours'} and what those stand on.`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^packages/', pathNot: `^packages/(${[...new Set(reach(name))].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment:
        'Files that import each other can only be read together: a file of its own for what both need.',
      severity: 'error',
      from: { path: '^((?:packages|examples)/[^/]+|tools)/' },
      to: { circular: true, viaOnly: { path: '^$1/' } },
    },
    {
      name: 'known-package',
      comment: 'A new package says in this file what it stands on.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/(${Object.keys(standsOn).join('|')})/` },
      to: {},
    },
    ...directions,
    {
      name: 'packages-by-name',
      comment: "Another package is imported by its name, so that its 'exports' say what is public.",
      severity: 'error',
      from: { path: '^(?:packages|examples)/([^/]+)/' },
      to: {
        path: '^packages/',
        // A suite that holds for several packages stands in one and is run by the others.
        pathNot: '^packages/($1/|[^/]+/test/[^/]+\\.suite\\.ts$)',
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'nothing-from-examples',
      comment: 'Examples use the packages, not the other way round.',
      severity: 'error',
      from: { pathNot: '^examples/' },
      to: { path: '^examples/' },
    },
    {
      name: 'examples-stand-alone',
      comment: 'An example is read and run without the others.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: { path: '^examples/', pathNot: '^examples/$1/' },
    },
    {
      name: 'ground-floor-without-tensorflow',
      comment:
        'core is for programs that have no TensorFlow.js too; nothing that it imports may bring it.',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { path: '@tensorflow/', reachable: true },
    },
    {
      name: 'browser-without-node',
      comment:
        "These packages run in a browser: Node's modules are asked of process.getBuiltinModule, or stand in a file or an entry that is for Node alone.",
      severity: 'error',
      from: {
        path: '^packages/(core|ops|backend|layers|models|data|train|distill)/src/',
        pathNot: '/host-node\\.ts$|^packages/(data/src/folder|backend/src/native)/',
      },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'folders-apart',
      comment:
        'Folders of pictures are an entry for Node.js alone, @mnet/data/folder; the others do without.',
      severity: 'error',
      from: { path: '^packages/data/src/', pathNot: '^packages/data/src/folder/' },
      to: { path: '^packages/data/src/folder/' },
    },
    {
      name: 'resolvable',
      comment: "What is not in a package's 'exports' cannot be imported, nor what is not there.",
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|examples)/[^/]+/(dist|build|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@mnet/source', 'node', 'import', 'default'],
      extensions: ['.ts', '.mts', '.d.ts', '.d.mts', '.js', '.mjs', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
