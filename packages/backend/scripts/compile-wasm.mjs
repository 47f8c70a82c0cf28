// A worker of build-kernels.mjs: compiles one build of the kernels by LLVM's compiler, which is itself WebAssembly.
import { parentPort, workerData as build } from 'node:worker_threads';
import { commands, runLLVM } from '@yowasp/clang';
import { language, sources } from './sources.mjs';

const warnings = '-Wall -Wextra -Werror -Wno-unused-function -Wno-unused-parameter';
/** LLVM would make one base and an index of a tile's row pointers: an addition more for each number that is loaded. */
const tuning = '-mllvm -disable-lsr';
const features = {
  simd: '-msimd128 -matomics -mbulk-memory',
  relaxed: '-msimd128 -mrelaxed-simd -matomics -mbulk-memory',
};
/** Memory is the host's, shared by all threads; each has a stack of its own, and its own thread-local variables. */
const linking = [
  '--no-entry --strip-all --import-memory --shared-memory --max-memory=4294967296',
  '--export=__stack_pointer --export=__wasm_init_tls --export=__tls_size -z stack-size=8192',
];

const files = sources('kernels');
const linked = linking
  .join(' ')
  .split(' ')
  .flatMap((word) => ['-Xlinker', word]);
const words = `--target=wasm32-unknown-unknown -std=c11 -nostdlib ${warnings} ${tuning} ${features[build]}`;
let said = '';
const keep = (bytes) => void (said += bytes === null ? '' : Buffer.from(bytes).toString());
// Loads the compiler without a word.
await runLLVM(null, {}, { fetchProgress: () => {} });
const made = await commands
  .clang([...words.split(' '), ...language, ...linked, 'wasm.c', '-o', 'kernels.wasm'], files, {
    stdout: keep,
    stderr: keep,
  })
  .catch((error) => {
    throw new Error(
      `kernels/ does not compile for the build '${build}':\n${said || error.message}`,
    );
  });
parentPort.postMessage(made['kernels.wasm']);
