import { loadCifar10 } from '@mnet/data-cifar';

const refusal: string = await loadCifar10({ dir: 'nowhere', download: false }).then(
  () => 'loaded',
  (error: Error) => error.message,
);
if (!refusal.includes('nowhere')) throw new Error(refusal);
console.log('refuses a folder without the data');
