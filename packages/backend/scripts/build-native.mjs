// `npm run native`: compiles kernels/ and native/ by the system's C compiler into an addon, as the package that travels:
// build/TARGET/ with the .node file, and a package.json that says for whom it is and what it was made of.
//   node scripts/build-native.mjs [TARGET] [--sanitize] [--emulate] [--only BUILD]
// TARGET is one of native-targets.mjs, by default this machine's. CC is the compiler to take in place of the target's own.
// For tests, taken where MNET_ADDON names its folder: --sanitize adds AddressSanitizer and UBSan (build/TARGET-sanitized/),
// --emulate makes x86-64-v4's vectors of 16 floats of AVX2's, for processors without AVX-512 (build/TARGET-emulated/). With
// --only, one instruction set is compiled (v3), which takes a third of the time.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { addonManifest } from './addon-manifest.mjs';
import { hostTarget, targets } from './native-targets.mjs';
import { digestOf, here, language } from './sources.mjs';

const { include_dir: headers, def_paths: definitions } = createRequire(import.meta.url)(
  'node-api-headers',
);

function give(message) {
  console.error(`native: ${message}`);
  process.exit(1);
}

let asked;
try {
  asked = parseArgs({
    allowPositionals: true,
    options: {
      sanitize: { type: 'boolean' },
      emulate: { type: 'boolean' },
      only: { type: 'string' },
    },
  });
} catch (error) {
  give(error.message);
}
const {
  values: { sanitize = false, emulate = false, only },
  positionals,
} = asked;
if (positionals.length > 1) give(`got ${positionals.join(' and ')}, takes one target`);
const target = positionals[0] ?? hostTarget();
if (target === undefined)
  give(`there is no addon for ${process.platform} ${process.arch}: WebAssembly runs there`);
if (!(target in targets)) give(`got '${target}', takes one of ${Object.keys(targets).join(', ')}`);
const { compiler, options, link, importLibrary, warn } = targets[target];
const all = targets[target].builds;
if (only !== undefined && !(only in all))
  give(`--only: got '${only}', takes one of ${Object.keys(all).join(', ')}`);
if (only !== undefined && !sanitize && !emulate)
  give('--only: takes --sanitize or --emulate beside it: what travels has every instruction set');
const builds = only === undefined ? { ...all } : { [only]: all[only] };
if (emulate) {
  if (!builds.v4) give(`--emulate: ${only ?? target} has no AVX-512 to emulate`);
  builds.v4 = all.v3;
}
const cc = process.env.CC ?? compiler;

const parts = mkdtempSync(join(tmpdir(), 'mnet-native-'));
process.on('exit', () => rmSync(parts, { recursive: true, force: true }));

/** The compiler, told in C11 with its extensions; what it says is shown where it fails. */
async function compile(...words) {
  const checks = sanitize
    ? [
        '-O1',
        '-fsanitize=address,undefined',
        '-fno-sanitize-recover=undefined',
        '-g',
        '-fno-omit-frame-pointer',
      ]
    : [];
  const strict = warn
    ? ['-Wall', '-Wextra', '-Wno-unused-function', '-Wno-unused-parameter', '-Wno-psabi']
    : [];
  await promisify(execFile)(cc, [...options, ...strict, ...words, ...checks], { cwd: here }).catch(
    (error) => {
      if (error.code === 'ENOENT')
        give(
          `there is no compiler '${cc}': install one, or name yours in CC. WebAssembly runs without`,
        );
      give(`${cc} failed:\n${error.stderr}`);
    },
  );
}

const object = (name) => join(parts, `${name}.o`);
const C = ['-std=gnu11', ...language];
const emulated = (name) => (emulate && ['v4', 'addon'].includes(name) ? ['-DEMULATED'] : []);
await Promise.all([
  ...Object.entries(builds).map(([name, march]) =>
    compile(
      ...C,
      march,
      ...emulated(name),
      `-DBUILD=kernels_${name}`,
      '-c',
      'kernels/native.c',
      '-o',
      object(name),
    ),
  ),
  compile(
    ...C,
    ...emulated('addon'),
    ...Object.keys(builds).map((name) => `-DHAS_${name}`),
    '-I',
    headers,
    '-c',
    'native/addon.c',
    '-o',
    object('addon'),
  ),
]);
const imported = [];
if (importLibrary) {
  const library = join(parts, 'node_api.lib');
  const words = ['-m', 'i386:x86-64', '-d', definitions.node_api_def, '-l', library];
  await promisify(execFile)('llvm-dlltool', words).catch((error) =>
    give(`llvm-dlltool failed: ${error.message}`),
  );
  imported.push(library);
}
const addon = join(parts, 'mnet.node');
await compile(...['addon', ...Object.keys(builds)].map(object), ...imported, '-o', addon, ...link);

const manifest = addonManifest(target, {
  sources: digestOf('kernels', 'native'),
  sha256: createHash('sha256').update(readFileSync(addon)).digest('hex'),
});
const { name } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const readme = `# ${manifest.name}\n\nThe kernels of [${name}](https://www.npmjs.com/package/${name}) as machine code for ${target}. npm installs it with\n${name} where it fits; there is nothing in it to import.\n`;
const folder = join(
  here,
  'build',
  [target, ...(sanitize ? ['sanitized'] : []), ...(emulate ? ['emulated'] : [])].join('-'),
);
mkdirSync(folder, { recursive: true });
// The manifest last: without one that fits, a .node file counts as none.
rmSync(join(folder, 'package.json'), { force: true });
const put = (file, make) => {
  make(join(folder, `${file}.part`));
  renameSync(join(folder, `${file}.part`), join(folder, file));
};
put('mnet.node', (path) => copyFileSync(addon, path));
put('README.md', (path) => writeFileSync(path, readme));
if (existsSync(join(here, 'LICENSE')))
  put('LICENSE', (path) => copyFileSync(join(here, 'LICENSE'), path));
put('package.json', (path) => writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`));
console.log(
  `${join(folder, 'mnet.node')}: ${(readFileSync(addon).length / 1024).toFixed(0)} KB, ${Object.keys(builds).join(', ')}`,
);
