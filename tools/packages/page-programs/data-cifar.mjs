import { loadCifar10 } from '@mnet/data-cifar';

/** Loading from a folder is refused by name. */
export default async function program() {
  const refusal = await loadCifar10({ dir: 'data' }).catch((error) => error.message);
  if (!/file system of Node\.js/.test(refusal)) throw new Error(`loadCifar10 said ${refusal}`);
  return refusal;
}
