// Prints, as JSON, what the program of each example says to --help, by the example's folder. It runs them all in this one
// process, from their TypeScript, as their `npm start` does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runHere } from '../processes/here.mjs';
import { root, workspaces } from '../workspaces.mjs';

const helps = {};
for (const { folder } of workspaces()) {
  const main = join(root, folder, 'src', 'main.ts');
  // The quickstart has no flags: it would train.
  if (!folder.startsWith('examples/') || folder.endsWith('/00-quickstart')) continue;
  if (!existsSync(main)) continue;
  process.argv = [process.argv[0], main, '--help'];
  const { status, stdout, stderr } = await runHere(() => import(pathToFileURL(main).href));
  if (status !== 0) throw new Error(`${folder} --help ended with ${status}: ${stderr}`);
  helps[folder] = stdout;
}
process.stdout.write(JSON.stringify(helps));
