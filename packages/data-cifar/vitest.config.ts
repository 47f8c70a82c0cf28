import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { packageConfig } from '../../vitest.shared.ts';

// Servers, files and child processes: slow where the machine is busy, though not by themselves.
const config: ViteUserConfig = mergeConfig(packageConfig('data-cifar'), {
  test: { testTimeout: 60_000 },
});

export default config;
