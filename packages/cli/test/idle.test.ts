import { addTrainingFlags } from '@mnet/cli';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { takeSettings } from '../src/flags/config-file.ts';
import { refuseIdle } from '../src/flags/idle.ts';

function command(): Command {
  const quiet = { writeErr: (): void => {} };
  return refuseIdle(addTrainingFlags(new Command('t')))
    .exitOverride()
    .configureOutput(quiet)
    .action(() => {});
}

it.each([
  ['--no-augment --crop 2', '--crop: got it with --no-augment, takes it without'],
  ['--cutout 8 --no-augment', '--cutout: got it with --no-augment, takes it without'],
  ['--no-augment --no-flip', '--no-flip: got it with --no-augment, takes it without'],
  ['--no-nesterov', '--no-nesterov: got it with --optimizer adam, takes it with sgd'],
  ['--nesterov', '--nesterov: got it with --optimizer adam, takes it with sgd'],
  ['--flip --no-augment', '--flip: got it with --no-augment, takes it without'],
  [
    '--optimizer sgd --momentum 0 --no-nesterov',
    '--no-nesterov: got it with --momentum 0, takes it with one above 0',
  ],
  ['--decay kernels', '--decay: got it with no weight decay, takes it with --weight-decay'],
])('%s: what has no effect is refused', (line, message) => {
  expect(() => command().parse(line.split(' '), { from: 'user' })).toThrow(message);
});

it.each([
  '--crop 2 --cutout 8',
  '--optimizer sgd --no-nesterov --weight-decay 1e-4 --decay kernels',
  '--optimizer adamw --decay kernels',
])('%s: what has one is not', (line) => {
  expect(() => command().parse(line.split(' '), { from: 'user' })).not.toThrow();
});

it("a run's own configuration has all values, also those that others have switched off", () => {
  const again = command();
  takeSettings(again, { augment: false, crop: 4, cutout: 0, optimizer: 'adam', nesterov: true });
  expect(() => again.parse([], { from: 'user' })).not.toThrow();
});
