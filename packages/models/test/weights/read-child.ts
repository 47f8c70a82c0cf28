// Reads a safetensors file in a process of its own, to be killed: node … read-child.ts URL CACHE_DIR.
import { readSafetensors } from '@mnet/models';

const [url, cacheDir] = process.argv.slice(2) as [string, string];
await readSafetensors(url, {
  cacheDir,
  onProgress: ({ loaded }) => console.log(`loaded ${loaded}`),
});
