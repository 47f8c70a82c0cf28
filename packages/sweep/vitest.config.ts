import { packageConfig } from '../../vitest.shared.ts';

const config = packageConfig('sweep');
// What AWS's client has under the condition 'module' is for bundlers and does not run in Node.js, which gets these conditions too.
for (const { conditions } of [config.resolve, config.ssr?.resolve]) {
  const at = conditions?.indexOf('module') ?? -1;
  if (at >= 0) conditions?.splice(at, 1);
}

export default config;
