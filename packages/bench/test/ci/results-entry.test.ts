import { expect, it } from 'vitest';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import { run } from './run.ts';

const hooks = `export function resolve(specifier, context, next) {
  if (specifier.startsWith('@tensorflow/')) throw new Error('it loads ' + specifier);
  return next(specifier, context);
}`;
const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
const refuse = moduleOf(
  `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(hooks))});`,
);

it.each([
  ['@mnet/bench/results', 0, /^$/],
  ['@mnet/bench', 1, /it loads @tensorflow\//],
])('%s loads TensorFlow.js or not', async (entry, status, said) => {
  const program = `await import(${JSON.stringify(entry)})`;
  const words = [...nodeFlags, '--import', refuse, '--input-type=module', '--eval', program];
  const cwd = new URL('../..', import.meta.url).pathname;
  const found = await run(process.execPath, words, { cwd });
  expect(found.stderr).toMatch(said);
  expect(found.status).toBe(status);
});
