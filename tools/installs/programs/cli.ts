import { type Experiment, experimentCommand, networkArm } from '@mnet/cli';
import { execFileSync } from 'node:child_process';

const experiment: Pick<Experiment, 'name'> = { name: 'program' };
if (typeof experimentCommand !== 'function' || typeof networkArm !== 'function')
  throw new Error('no function');
const command = 'node_modules/.bin/mnet';
const said: string = execFileSync(command, ['cost', '--model', 'mobilenet_v2'], {
  encoding: 'utf8',
});
if (!said.includes('2,236,682')) throw new Error(said);
console.log(`${experiment.name}: mnet cost`);
