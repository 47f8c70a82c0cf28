import { buildOf, environment } from '@mnet/train';
import { useBackend } from '../flags/backend.ts';

/** What decides how trainings round on this machine, as a text: two that differ in it need not end with the same bits. */
export async function ownBuild(): Promise<string> {
  await useBackend('mnet', 1);
  const { backend, build, tfjs, node, platform } = buildOf(environment());
  return [backend, build, `tfjs ${tfjs}`, `Node.js ${node?.replace(/^v/, '')}`, platform].join(
    ', ',
  );
}
