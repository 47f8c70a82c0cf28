import { dirname, resolve } from 'node:path';

/**
 * A path as the user sees it. `npm start -w` starts a program in its package's folder, and says in `INIT_CWD` where the
 * user stands; a program that stands elsewhere was sent there.
 */
export function userPath(path: string): string {
  const { INIT_CWD: from, npm_package_json: manifest } = process.env;
  const byNpm = from && manifest && dirname(manifest) === process.cwd();
  return resolve(byNpm ? from : '.', path);
}
