// A plugin of TypeDoc: names the modules of a package as programs import them, and not by the path of their source.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { root } from '../../tools/workspaces.mjs';

/** The name of an entry by the module's, such as `packages/core/src/check`: `check`, and `index` for a package itself. */
function entryNames(folder) {
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return Object.entries(exports).map(([entry, { '@mnet/source': source }]) => {
    const module = join(folder, source ?? '').replace(/(\/index)?\.ts$/, '');
    return [module, entry === '.' ? 'index' : entry.slice(2)];
  });
}

export function load(app) {
  app.on(Application.EVENT_PROJECT_REVIVE, (project) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const [folder] = /^packages\/[^/]+/.exec(module.name) ?? [];
      if (!folder) continue;
      const name = new Map(entryNames(folder)).get(module.name);
      if (!name) throw new Error(`${module.name} is no entry of ${folder}/package.json`);
      module.name = name;
    }
  });
}
