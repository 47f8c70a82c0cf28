// Loads in a process of its own: node … load-child.ts SOURCE_JSON DIR URL
import { loadCifar } from '@mnet/data-cifar';

const [source, dir, url] = process.argv.slice(2) as [string, string, string];
const splits = await loadCifar(JSON.parse(source), {
  dir,
  url,
  download: true,
  validation: 10,
  onProgress: ({ phase, loaded }) => console.log(`${phase} ${loaded}`),
});
console.log(`done ${splits.train.length} ${splits.test.length}`);
