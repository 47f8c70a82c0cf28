// `npm run size`: what a page loads of each package and of parts of them, against tools/size-budgets.json. `-- --write` makes
// what is measured the budgets, with 5 % to spare.
import { parseArgs } from 'node:util';
import { checkSizes } from './packages/sizes.mjs';

const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
const failures = await checkSizes(values);
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;
