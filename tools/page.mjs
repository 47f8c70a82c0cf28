// Bundles the page of `mnet watch` where it is missing or older than its source, before the command runs from source.
import { generate } from './generated.mjs';

generate({
  target: 'page',
  folder: 'packages/cli',
  source: ['page', 'scripts', 'src/runs/config-differences.ts'],
  doing: 'bundling the page of mnet watch',
});
