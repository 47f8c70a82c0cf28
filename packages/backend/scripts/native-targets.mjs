// The platforms that have an addon: what npm must know of each, and how it is compiled.

const unix = {
  options: ['-fPIC', '-fvisibility=hidden'],
  link: ['-shared', '-lpthread'],
  warn: true,
};
const mac = { ...unix, link: ['-shared', '-undefined', 'dynamic_lookup'] };
/** Node's own functions are found in node.exe by a library that is made of their names. */
const windows = {
  options: [],
  link: ['-shared', '-fuse-ld=lld', '-lsynchronization'],
  importLibrary: true,
};

const x64 = { v2: '-march=x86-64-v2', v3: '-march=x86-64-v3', v4: '-march=x86-64-v4' };
const arm64 = { neon: '-march=armv8-a' };

/** By name, as in the packages' names. `compiler` is used unless CC says another. */
export const targets = {
  'linux-x64-gnu': {
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    compiler: 'cc',
    builds: x64,
    ...unix,
  },
  'linux-x64-musl': {
    os: 'linux',
    cpu: 'x64',
    libc: 'musl',
    compiler: 'musl-gcc',
    builds: x64,
    ...unix,
  },
  'linux-arm64-gnu': {
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    compiler: 'aarch64-linux-gnu-gcc',
    builds: arm64,
    ...unix,
  },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64', compiler: 'cc', builds: arm64, ...mac },
  'darwin-x64': { os: 'darwin', cpu: 'x64', compiler: 'cc', builds: x64, ...mac },
  'win32-x64-msvc': { os: 'win32', cpu: 'x64', compiler: 'clang', builds: x64, ...windows },
};

/** Where it is no cross compiler that is needed. */
export function hostTarget() {
  const { platform, arch } = process;
  const { glibcVersionRuntime } = platform === 'linux' ? process.report.getReport().header : {};
  return Object.keys(targets).find((name) => {
    const { os, cpu, libc } = targets[name];
    const fits = libc === undefined || (libc === 'glibc') === (glibcVersionRuntime !== undefined);
    return os === platform && cpu === arch && fits;
  });
}
