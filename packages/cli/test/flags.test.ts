import {
  addFlags,
  addMakingFlags,
  addTrainingFlags,
  flagOf,
  type MakingFlags,
  trainOptionsOf,
  type TrainingFlags,
} from '@mnet/cli';
import {
  boolean,
  choice,
  integer,
  list,
  number,
  optional,
  options,
  required,
  text,
} from '@mnet/core/options';
import { type Augmentation, batches, shapes10 } from '@mnet/data';
import { Command } from 'commander';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ownFlags } from '../src/flags/own-options.ts';

const declared = options({
  epochs: optional(integer({ min: 1 }), 10),
  rate: optional(number({ above: 0 })),
  flip: optional(boolean(), true),
  quiet: optional(boolean(), false),
  stride: optional(choice([1, 2])),
  kind: optional(choice(['a', 'b']), 'a'),
  sizes: optional(list(integer({ min: 1 }))),
  names: optional(list(text())),
  name: required(text('a name')),
});

function parsed(...args: string[]): Record<string, unknown> {
  let said = '';
  const command = addFlags(new Command('t'), declared, {
    epochs: ['--epochs <n>', 'passes'],
    rate: ['--rate <r>', 'rate'],
    flip: ['--no-flip', 'leave out mirroring'],
    quiet: ['--quiet', 'say less'],
    stride: ['--stride <n>', 'stride'],
    kind: ['--kind <k>', 'kind'],
    sizes: ['--sizes <list>', 'sizes'],
    names: ['--names <list>', 'names'],
    name: ['--name <name>', 'name'],
  })
    .exitOverride()
    .configureOutput({ writeErr: (each) => (said += each) });
  try {
    return command.parse(['node', 't', ...args]).opts();
  } catch (error) {
    throw new Error(said, { cause: error });
  }
}

describe('a flag of a declared option', () => {
  it('has its default and its type', () => {
    expect(parsed('--name', '12')).toEqual({
      epochs: 10,
      flip: true,
      quiet: false,
      kind: 'a',
      name: '12',
    });
    const said =
      '--name x --epochs 3 --rate 1e-3 --no-flip --quiet --stride 2 --kind b --sizes 1,2 --names a,b';
    expect(parsed(...said.split(' '))).toEqual({
      epochs: 3,
      rate: 0.001,
      flip: false,
      quiet: true,
      stride: 2,
      kind: 'b',
      sizes: [1, 2],
      names: ['a', 'b'],
      name: 'x',
    });
  });

  it.each([
    [['--epochs', '0'], "'--epochs <n>' argument '0' is invalid. It takes a whole number from 1."],
    [['--epochs', '1.5'], 'It takes a whole number from 1.'],
    [['--epochs', '0x10'], 'It takes a whole number from 1.'],
    [['--epochs', ''], 'It takes a whole number from 1.'],
    [['--rate', 'Infinity'], 'It takes a number above 0.'],
    [['--rate', '1,5'], 'It takes a number above 0.'],
    [['--stride', '3'], 'It takes one of 1, 2.'],
    [['--kind', 'c'], 'Allowed choices are a, b.'],
    [['--sizes', '1,,2'], 'It takes an array, each a whole number from 1.'],
    [['--epoch', '3'], "unknown option '--epoch'"],
  ])('%j is refused', (args, message) => {
    expect(() => parsed('--name', 'x', ...args)).toThrow(message);
  });

  it('must be given where the option is required', () => {
    expect(() => parsed()).toThrow("required option '--name <name>' not specified");
  });

  it('has the name of its key', () => {
    const add = () => addFlags(new Command('t'), declared, { rate: ['--speed <r>', 'rate'] });
    expect(add).toThrow('--speed <r>: its key is speed, takes a flag of rate');
    expect(flagOf(declared.fields.epochs, '--epochs <n>', 'passes').defaultValue).toBe(10);
  });
});

describe('the flags of a network by name', () => {
  const made = (line: string): Record<string, unknown> =>
    addMakingFlags(new Command('t').exitOverride().configureOutput({ writeErr: () => {} }))
      .parse(['node', 't', ...line.split(' ').filter(Boolean)])
      .opts();

  it('are those of models, with its checks', () => {
    expect(made('')).toEqual({ width: 1 });
    const all =
      '--width 0.5 --strides 1,2 --scale-head --width-rule torchvision --initial-stride 1 --batch-norm-momentum 0';
    expect(made(all)).toEqual({
      width: 0.5,
      strides: [1, 2],
      scaleHead: true,
      widthRule: 'torchvision',
      initialStride: 1,
      batchNormMomentum: 0,
    });
    expectTypeOf<MakingFlags['widthRule']>().toEqualTypeOf<'paper' | 'torchvision' | undefined>();
    expectTypeOf<MakingFlags['scaleHead']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<MakingFlags['width']>().toEqualTypeOf<number | undefined>();
    expect(() => made('--width 1001')).toThrow('It takes a number above 0, up to 1000.');
    expect(() => made('--strides 0')).toThrow("It takes one of 'paper', 'stem1', 'cifar', or an");
    expect(() => made('--initial-stride 3')).toThrow('It takes one of 1, 2.');
    expect(() => made('--width-rule wide')).toThrow('Allowed choices are paper, torchvision.');
  });

  it('come by themselves with what a new network declares', () => {
    const { fields, table } = ownFlags({
      toy: { wideLast: optional(boolean(), false), depth: optional(integer({ min: 1 }), 3) },
      other: { depth: optional(integer({ min: 1 }), 3), kind: optional(choice(['a', 'b']), 'a') },
      third: { kind: optional(choice(['c']), 'c') },
    });
    expect(table).toEqual({
      wideLast: ['--wide-last', 'toy: takes true or false'],
      depth: ['--depth <value>', 'toy, other: takes a whole number from 1 (default: 3)'],
      kind: ['--kind <value>', "other, third: takes one of 'a', 'b', or one of 'c'"],
    });
    const parse = (...args: string[]): unknown =>
      addFlags(
        new Command('t').exitOverride().configureOutput({ writeErr: () => {} }),
        options(fields),
        table,
      )
        .parse(['node', 't', ...args])
        .opts();
    expect(parse()).toEqual({});
    expect(parse('--wide-last', '--depth', '2', '--kind', 'c')).toEqual({
      wideLast: true,
      depth: 2,
      kind: 'c',
    });
    expect(() => parse('--depth', '0')).toThrow('It takes a whole number from 1.');
    expect(() => parse('--kind', 'd')).toThrow("It takes one of 'a', 'b', or one of 'c'.");
  });
});

/** The options of a training that these flags give. */
function training(...args: string[]): ReturnType<typeof trainOptionsOf> {
  const command = addTrainingFlags(new Command('t')).parse(['node', 't', ...args]);
  return trainOptionsOf({ ...command.opts<TrainingFlags>(), seed: 1 });
}

describe('training flags', () => {
  it('give what README says by default', () => {
    const { optimizer, schedule, augment, epochs, batchSize } = training();
    expect({ epochs, batchSize, augment }).toEqual({
      epochs: 10,
      batchSize: 128,
      augment: { crop: { padding: 4 }, flip: true },
    });
    expect((optimizer as { config: unknown }).config).toMatchObject({
      name: 'adam',
      learningRate: 0.001,
    });
    expect(schedule.config).toMatchObject({ name: 'cosine', peak: 0.001, warmupEpochs: 0.5 });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      '--optimizer sgd',
      { name: 'sgd', learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0 },
      { peak: 0.01 },
    ],
    [
      '--optimizer sgd --lr 0.1 --momentum 0 --weight-decay 5e-4 --decay kernels',
      { momentum: 0, nesterov: false, weightDecay: 5e-4, decay: 'kernels' },
      { peak: 0.1 },
    ],
    ['--optimizer sgd --no-nesterov', { nesterov: false }, {}],
    ['--optimizer adamw', { name: 'adamW', weightDecay: 0.01 }, {}],
    ['--optimizer rmsprop', { name: 'rmsprop', learningRate: 0.01, momentum: 0.9 }, {}],
    [
      '--clip-norm 2 --accumulate 4 --optimizer sgd',
      {
        name: 'accumulate',
        steps: 4,
        optimizer: {
          name: 'chain',
          parts: [{ name: 'clipByGlobalNorm', maxNorm: 2 }, { name: 'sgd' }],
        },
      },
      {},
    ],
    ['--schedule constant', {}, { name: 'constant', rate: 0.001 }],
    ['--schedule constant --warmup-epochs 2', {}, { name: 'warmup', epochs: 2 }],
    ['--schedule linear --final-lr 1e-5', {}, { name: 'linear', final: 1e-5 }],
    [
      '--schedule multiStep --milestones 100,150 --gamma 0.2',
      {},
      { name: 'multiStep', initial: 0.001, milestones: [100, 150], gamma: 0.2 },
    ],
    ['--schedule oneCycle', {}, { name: 'oneCycle', peak: 0.001, warmupShare: 0.3 }],
    ['--schedule oneCycle --warmup-epochs 4', {}, { name: 'oneCycle', warmupShare: 0.4 }],
    ['--schedule stepDecay --every 30', {}, { name: 'stepDecay', every: 30, gamma: 0.1 }],
  ])('%s', (line, optimizer, schedule) => {
    const given = training(...line.split(' '));
    expect((given.optimizer as { config: unknown }).config).toMatchObject(optimizer);
    expect(given.schedule.config).toMatchObject(schedule);
  });

  it('reach the options of train', () => {
    const line =
      '--no-augment --ema 0.99 --early-stopping 3 --early-stopping-metric validationLoss --best-weights --drop-last --evaluate-every 2 --evaluation-batch-size 8 --checkpoint-every 3 --checkpoint-every-steps 40 --keep-checkpoints 5 --log-every-steps 3 --mistakes 7';
    const { augment, ...rest } = training(...line.split(' '));
    expect(augment).toBeUndefined();
    expect(rest).toMatchObject({
      ema: { decay: 0.99 },
      earlyStopping: { patience: 3, metric: 'validationLoss' },
      bestWeights: true,
      dropLast: true,
      evaluateEvery: 2,
      evaluationBatchSize: 8,
      checkpointEvery: 3,
      checkpointEverySteps: 40,
      keepCheckpoints: 5,
      logEverySteps: 3,
      mistakes: 7,
      seed: 1,
    });
    expect(training().bestWeights).toBe(false);
    expect(training('--best-weights', '--best-weights-metric', 'validationLoss').bestWeights).toBe(
      'validationLoss',
    );
    expect(training('--crop', '0', '--no-flip', '--cutout', '8').augment).toEqual({
      flip: false,
      cutout: { size: 8 },
    });
  });

  it.each([
    ['--alternate-flip', { flip: 'alternate' }],
    ['--crop 2 --crop-fill reflect', { crop: { padding: 2, fill: 'reflect' } }],
    ['--random-erasing 0.25', { randomErasing: { probability: 0.25 } }],
    ['--rand-augment 3,12', { randAugment: { operations: 3, magnitude: 12 } }],
    ['--rand-augment 12', { randAugment: { magnitude: 12 } }],
    ['--trivial-augment', { trivialAugment: true }],
    ['--mixup 0.2 --cutmix 1', { mixup: { alpha: 0.2 }, cutmix: { alpha: 1 } }],
  ])('%s changes the images', (line, expected) => {
    const usual = { crop: { padding: 4 }, flip: true };
    expect(training(...line.split(' ')).augment).toEqual({ ...usual, ...expected });
    // The data package takes what the flags give.
    const images = shapes10({ train: 10, validation: 0, test: 0, size: 16 }).train;
    const augment = { ...usual, ...expected } as Augmentation;
    expect(() => batches(images, { batchSize: 5, augment })).not.toThrow();
  });

  it.each([
    ['--rand-augment 31', 'It takes a whole number from 0 to 30, or operations and magnitude'],
    ['--rand-augment 2,9,1', 'or operations and magnitude, such as 2,9.'],
    ['--rand-augment 0,9', 'or operations and magnitude, such as 2,9.'],
    ['--random-erasing 1.5', 'It takes a number from 0 to 1.'],
    ['--mixup 0', 'It takes a number above 0.'],
    ['--rand-augment 9 --trivial-augment', "cannot be used with option '--trivial-augment'"],
  ])('%s is refused', (line, message) => {
    const command = addTrainingFlags(new Command('t'));
    command.exitOverride().configureOutput({ writeErr: () => {} });
    expect(() => command.parse(['node', 't', ...line.split(' ')])).toThrow(message);
  });

  it.each([
    ['--momentum 0.9', '--momentum: got it with --optimizer adam, takes it with sgd or rmsprop'],
    ['--milestones 3', '--milestones: got it with --schedule cosine, takes it with multiStep'],
    ['--gamma 0.5', '--gamma: got it with --schedule cosine, takes it with multiStep or stepDecay'],
    ['--schedule oneCycle --warmup-epochs 11', '--warmup-epochs: got 11 with --schedule oneCycle'],
    ['--schedule constant --final-lr 0', '--final-lr: got it with --schedule constant'],
    ['--schedule multiStep', '--schedule multiStep: it needs --milestones'],
    ['--schedule stepDecay', '--schedule stepDecay: it needs --every'],
    ['--best-weights-metric validationLoss', '--best-weights-metric: it is for --best-weights'],
    ['--early-stopping-metric trainLoss', '--early-stopping-metric: it is for --early-stopping'],
    ['--no-augment --mixup 1', '--mixup: got it with --no-augment, takes it without'],
    ['--no-augment --trivial-augment', '--trivial-augment: got it with --no-augment'],
    ['--crop 0 --crop-fill mean', '--crop-fill: got it with --crop 0, takes it with a padding'],
    ['--no-augment --crop-fill mean', '--crop-fill: got it with --no-augment, takes it without'],
    ['--no-flip --alternate-flip', '--alternate-flip: got it with --no-flip, takes it without'],
  ])('%s has no effect, and is refused', (line, message) => {
    expect(() => training(...line.split(' '))).toThrow(message);
  });
});
