// Compiles the WebAssembly kernels where they are missing or older than their source (`prestart` of every
// example), so that a fresh clone runs after `npm ci` alone. Quiet unless it fails.
import { generate } from './generated.mjs';

generate({
  target: 'kernels',
  folder: 'packages/backend',
  source: ['kernels', 'native', 'scripts'],
  doing: 'compiling the WebAssembly kernels',
});
