import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { mnet, mnetAt, mnetByNpm, mnetIn, mnetUnread, type Outcome } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-cli-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const words = (line: string): string[] => line.split(' ');

/** A training of seconds; its few steps call for a quick batch normalization. */
const small = (name: string, limit = 100): string[] =>
  words(
    `--width 0.1 --batch-norm-momentum 0.9 --dataset shapes10 --limit ${limit} --batch-size 20 --runs runs --name ${name}`,
  );
const tiny = (name: string): string[] => ['--model', 'mobilenet_v1', ...small(name)];

const weights = (name: string): Buffer[] =>
  readdirSync(join(dir, 'runs', name, 'model'))
    .filter((file) => file.endsWith('.bin'))
    .map((file) => readFileSync(join(dir, 'runs', name, 'model', file)));

const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, path), 'utf8')) as Record<string, unknown>;

describe('mnet', () => {
  it('prints its help where nothing is asked of it, and its version', async () => {
    for (const args of [[], ['--help']]) {
      const help = await mnet(...args);
      expect(help.status).toBe(0);
      for (const command of words(
        'train distill find-lr evaluate classify compare quantize models cost bench completion',
      )) {
        expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
      }
      expect(help.stdout).not.toMatch(/^  complete\b/m);
    }
    expect(await mnet('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });

  it('fails with 1 and one line as a program too', async () => {
    const run = await mnetIn(dir, ['evaluate', './nowhere']);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: model .\/nowhere: .*there is no .*\n$/);
  });

  it('ends as other programs do where its reader has gone', async () => {
    expect(await mnetUnread(['cost', '--help'])).toBe(141);
  });

  it.each([
    [['trian'], /unknown command 'trian'.*Did you mean train/s],
    [['train'], /required option '--model <name>' not specified/],
    [['train', ...words('--model vgg')], /'vgg' is invalid. It takes one of mobilenet_v1, /],
    [['train', ...words('--model resnet18 --epoch 3')], /unknown option '--epoch'.*--epochs/s],
    [['train', ...words('--model resnet18 --name ../x')], /It takes a name of letters/],
    [['train', ...words('--model resnet18 --resume --overwrite')], /cannot be used with/],
    [['train', ...words('--model resnet18 --config none.json')], /There is no such file/],
    [['train', ...words('--model ./x --width 2')], /'--width' is for networks by name; '.\/x' has/],
    [
      ['distill', ...words('--teacher ./x --student resnet18 --teacher-epochs 2')],
      /'--teacher-epochs' is for networks by name/,
    ],
    [
      ['distill', ...words('--teacher resnet18 --student ./x --strides paper')],
      /'--strides' is for/,
    ],
    [
      ['distill', ...words('--teacher resnet18 --student resnet18 --method nst')],
      /one or more of kd/,
    ],
    [
      ['distill', ...words('--teacher resnet18 --student resnet18 --temperature 1e7')],
      /'--temperature <t>'.*a number above 0, up to 1000000\./,
    ],
    [
      ['distill', ...words('--teacher resnet18 --student resnet18 --weights 1,-1')],
      /'--weights <list>'.*numbers from 0, one for each loss\./,
    ],
    [['evaluate'], /missing required argument 'model'/],
    [words('train --class-weights 1,-1'), /It takes 'balanced', or numbers from 0, one a class/],
    [['classify', 'model'], /missing required argument 'files'/],
    [['bench', 'speed'], /unknown command 'speed'/],
    [
      ['bench', 'latency', ...words('--model resnet18 --bach 1')],
      /unknown option '--bach'.*--batch/s,
    ],
  ])('%j is no command line, and ends with 2', async (args, message) => {
    const run = await mnet(...args);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });

  it.each([
    [
      'train',
      '--model resnet18 --dataset shapes10 --validation 0.2',
      /^error: --validation: got it with/,
    ],
    [
      'train',
      '--model resnet18 --dataset cifar10 --size 48',
      /^error: --size: got it with .*32×32/,
    ],
    ['train', '--model resnet18 --dataset shapes10 --test 10', /^error: --test: got it with/],
    [
      'train',
      '--model resnet18 --dataset shapes10 --skip-unreadable',
      /^error: --skip-unreadable: got/,
    ],
    [
      'train',
      '--model resnet18 --data-dir nowhere',
      /^error: .*CIFAR-10 is not there.*--download\n$/,
    ],
    ['train', '--model resnet18 --data nowhere', /^error: .*nowhere/],
    ['train', '--model ./nowhere', /^error: --model .\/nowhere: .*there is no /],
    ['train', '--model resnet18 --allow-other-build', /^error: --allow-other-build: it is for/],
    ['train', '--model resnet18 --milestones 3', /^error: --milestones: got it with/],
    [
      'train',
      '--model resnet18 --dataset shapes10 --backend cpu --threads 2',
      /^error: threads: got 2/,
    ],
    [
      'train',
      '--model mobilenet_v1 --scale-head --dataset shapes10 --limit 20',
      /^error: .*'scaleHead'/,
    ],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --beta 2',
      /^error: --beta: got it with --method kd/,
    ],
    ['distill', '--teacher resnet18 --student resnet18 --taps a:b', /^error: --taps: got it with/],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --method hint --taps a',
      /^error: --taps: got 'a'/,
    ],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --method crd --taps a:b,c:d',
      /^error: --taps: got 2 pairs with --method crd, takes one/,
    ],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --method dist --standardize',
      /^error: --standardize: got it with --method dist, takes it with kd or dkd/,
    ],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --temperatures 2,4',
      /^error: --temperatures: got it with --method kd, takes it with mlkd/,
    ],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --method rkd --negatives 8',
      /^error: --negatives: got it with --method rkd, takes it with crd/,
    ],
    ['distill', '--teacher resnet18 --student resnet18 --weights 1,2', /^error: --weights: got 2/],
    [
      'distill',
      '--teacher resnet18 --student resnet18 --method kd,kd',
      /^error: --method: got kd,kd/,
    ],
    ['evaluate', './nowhere', /^error: model .\/nowhere: .*there is no /],
    ['classify', './nowhere x.jpg', /^error: model .\/nowhere: .*there is no /],
  ])(
    '%s %s fails with 1 and one line, before anything is written',
    async (command, line, message) => {
      const run = await mnetAt(dir, [command, ...words(line)]);
      expect(run.stderr).toMatch(message);
      expect(run.stderr.trimEnd()).not.toContain('\n');
      expect(run.stdout).toBe('');
      expect(run.status).toBe(1);
      expect(existsSync(join(dir, 'runs'))).toBe(false);
    },
  );

  it('lists the networks with what they cost', async () => {
    const { stdout } = await mnet('models', ...words('--size 224 --classes 1000'));
    expect(stdout).toMatch(/^mobilenet_v2 +3,504,872 +300,774,272$/m);
    expect(stdout).toMatch(/^resnet18 +11,689,512 +1,814,073,344$/m);
    const listed = JSON.parse(
      (await mnet('models', ...words('--width 0.5 --json -'))).stdout,
    ) as object;
    expect(listed).toMatchObject({ width: 0.5, size: 32, classes: 10, strides: null });
    expect(listed).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({ name: 'mobilenet_v2', params: 700_490 }),
      ]) as unknown,
    });
  });

  it('counts as bench does', async () => {
    const args = words('--model mobilenet_v3_small --width 0.75 --width-rule torchvision --json -');
    const [alone, within] = [await mnet('cost', ...args), await mnet('bench', 'cost', ...args)];
    // When and by which words is all in which they differ.
    const figures = ({ stdout }: Outcome): object => {
      const { date: _, environment, ...rest } = JSON.parse(stdout) as Record<string, object>;
      return { ...rest, environment: { ...environment, command: [] } };
    };
    expect(figures(alone)).toEqual(figures(within));
    expect(figures(alone)).toMatchObject({
      model: 'mobilenet_v3_small',
      strides: 'paper',
    });
  });
});

describe('a run', () => {
  beforeAll(async () => {
    const run = await mnetIn(dir, ['train', ...tiny('whole'), ...words('--epochs 2 --lr 0.01')]);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/^whole +[\d,]+ +[\d.]+ M +[\d.]+% +[\d.]+$/m);
    expect(run.stdout).toContain(`report: ${join(dir, 'runs', 'whole', 'report.html')}`);
  });

  it('is a folder with its flags, from which the same command is repeated to the bit', async () => {
    const files = readdirSync(join(dir, 'runs', 'whole')).map((name) => {
      return name.replace(/tfevents\..*/, 'tfevents');
    });
    expect(files.toSorted()).toEqual(
      words(
        'checkpoint.safetensors checkpoints config.json events.out.tfevents flags.json log.jsonl metrics.csv model report.html test.json',
      ),
    );
    const flags = json('runs/whole/flags.json');
    expect(flags).toMatchObject({ model: 'mobilenet_v1', epochs: 2, lr: 0.01, batchSize: 20 });
    expect(flags).toMatchObject({ runs: join(dir, 'runs'), name: 'whole', seed: 1 });
    const args = words('train --config whole/flags.json --name again');
    const again = await mnetAt(join(dir, 'runs'), args);
    expect(again.status).toBe(0);
    expect(weights('again')).toEqual(weights('whole'));
    expect(json('runs/again/flags.json')).toEqual({ ...flags, name: 'again' });
  });

  it('is not written over unless that is asked for', async () => {
    const args = ['train', ...tiny('whole'), ...words('--epochs 1')];
    const refused = await mnetAt(dir, args);
    expect(refused.stderr).toMatch(/^error: runs.whole is there already; give --resume/);
    expect(refused.status).toBe(1);
    const other = await mnetAt(dir, [...args, '--resume']);
    expect(other.stderr).toContain('options.epochs: it has 2, got 1');
    expect(json('runs/whole/flags.json')).toMatchObject({ epochs: 2 });
  });

  it('stops at Ctrl-C, says how it goes on, and ends with the same bits', async () => {
    const args = ['train', ...tiny('cut'), ...words('--epochs 2 --lr 0.01')];
    const first = await mnetIn(dir, args, /training mobilenet_v1/);
    expect(first.status).toBe(130);
    const said = /to go on: mnet (train --config runs.cut.flags\.json --resume)\n/.exec(
      first.stderr,
    );
    expect(said).not.toBeNull();
    expect(readRun(join(dir, 'runs', 'cut')).status).toBe('stopped');
    const second = await mnetAt(dir, words(said?.[1] as string));
    expect(second.status).toBe(0);
    expect(weights('cut')).toEqual(weights('whole'));
  });

  it('that npm has started stops too when only the shell between them is told', async () => {
    const args = ['train', ...tiny('by-npm'), ...words('--epochs 2 --lr 0.01')];
    const more = words('--checkpoint-every-steps 2 --keep-checkpoints 3');
    const first = await mnetByNpm(dir, [...args, ...more], /training mobilenet_v1/);
    const said = /to go on: npx @mnet.cli (train --config runs.by-npm.flags\.json --resume)\n/;
    expect(first.stderr).toMatch(/SIGTERM: stopping at the next step/);
    expect(readRun(join(dir, 'runs', 'by-npm')).status).toBe('stopped');
    const on = said.exec(first.stderr)?.[1] as string;
    expect((await mnetAt(dir, words(`${on} --allow-other-build`))).status).toBe(0);
    expect(weights('by-npm')).toEqual(weights('whole'));
    expect(readdirSync(join(dir, 'runs', 'by-npm', 'checkpoints'))).toHaveLength(3);
  });

  it('is evaluated on its own data, or on another part', async () => {
    const { test } = readRun(join(dir, 'runs', 'whole'));
    const run = await mnetAt(dir, words('evaluate runs/whole --json -'));
    expect(run.stderr).toBe('');
    const figures = JSON.parse(run.stdout) as {
      classes: object[];
      confusion: number[][];
      loss: number;
      ece: number;
      reliability: { count: number }[];
    };
    expect(figures).toMatchObject({ dataset: 'shapes10', part: 'test', count: 100 });
    expect(figures).toMatchObject({ accuracy: test?.accuracy, loss: test?.loss, top5: test?.top5 });
    expect(figures.ece).toBeGreaterThan(0);
    expect(figures.reliability.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    const mirrored = await mnetAt(dir, words('evaluate runs/whole --mirror --shift 1 --json -'));
    const both = JSON.parse(mirrored.stdout) as typeof figures;
    expect(both).toMatchObject({ mirror: true, shift: 1, count: 100 });
    expect(both.loss).not.toBe(figures.loss);
    expect(figures.classes).toHaveLength(10);
    expect(figures.classes[0]).toEqual({
      name: 'disc',
      count: 10,
      accuracy: (figures.confusion[0]?.[0] as number) / 10,
    });
    const other = await mnetAt(
      dir,
      words('evaluate runs/whole/model --dataset shapes10 --limit 30 --seed 2'),
    );
    expect(other.stdout).toMatch(
      /^images +30\naccuracy +[\d.]+%\ntop-5 accuracy +[\d.]+%\nloss +[\d.]+\ncalibration error +[\d.]+%\n/m,
    );
  });

  it('teaches, by its folder; a network by name is trained for it', async () => {
    const distilled = (
      name: string,
      line: string,
    ): Promise<{ stdout: string; stderr: string; status: unknown }> =>
      mnetAt(dir, [
        'distill',
        ...small(name, 40),
        ...words(`--student mobilenet_v2 --epochs 1 ${line}`),
      ]);
    const run = await distilled(
      'kd',
      '--teacher runs/whole --method kd,attention --weights 1,0.5 --alpha 0.7',
    );
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^teacher +mobilenet_v1 .*\nstudent +mobilenet_v2 /m);
    const { objective } = json('runs/kd/config.json') as { objective: object };
    expect(JSON.stringify(objective)).toMatch(/"alpha":0.7/);
    expect(JSON.stringify(objective)).toMatch(/hintonKd.*attentionTransfer/);
    expect(json('runs/kd/flags.json')).toMatchObject({
      teacher: join(dir, 'runs/whole'),
      method: ['kd', 'attention'],
    });
    expect(existsSync(join(dir, 'runs/kd/teacher'))).toBe(false);

    const made = await distilled(
      'dkd',
      '--teacher resnet18 --teacher-width 0.1 --teacher-strides paper --teacher-epochs 2 --method dkd,hint --beta 2 --dkd-warmup 1',
    );
    expect(made.status).toBe(0);
    expect(readRun(join(dir, 'runs/dkd/teacher')).epochs).toHaveLength(2);
    expect(json('runs/dkd/teacher/config.json')).toMatchObject({
      model: { made: { options: { width: 0.1, batchNorm: { momentum: 0.9 } } } },
    });
    expect(made.stderr).toBe('');
    const ofTeacher = await mnetAt(dir, words('evaluate runs/dkd/teacher --json -'));
    const { accuracy } = readRun(join(dir, 'runs/dkd/teacher')).test as { accuracy: number };
    expect(JSON.parse(ofTeacher.stdout)).toMatchObject({ dataset: 'shapes10', accuracy });
    expect(JSON.stringify(json('runs/dkd/config.json')['objective'])).toMatch(/"beta":2.*fitNet/);
    const report = readFileSync(join(dir, 'runs/dkd/report.html'), 'utf8');
    for (const name of ['teacher', 'student']) expect(report).toContain(name);

    const every = await distilled(
      'every',
      '--teacher runs/whole --method kd,dist,mlkd,sp,rkd,crd --temperature 2 --standardize --temperatures 2,4 --negatives 8',
    );
    expect(every.status).toBe(0);
    const { objective: all } = json('runs/every/config.json') as { objective: object };
    const last = { student: 'head', teacher: 'block13' };
    expect(all).toMatchObject({
      losses: [
        { name: 'hintonKd', temperature: 2, standardize: true },
        { name: 'distKd', temperature: 2 },
        { name: 'multiLevelKd', temperatures: [2, 4] },
        { name: 'similarityPreserving', taps: [last] },
        { name: 'relationalKd', taps: [last] },
        { name: 'contrastiveKd', taps: [last], negatives: 8 },
      ],
    });
  });

  it('distils to an end that an interruption leaves no trace in', async () => {
    const args = (name: string): string[] => [
      'distill',
      ...small(name, 40),
      ...words('--teacher mobilenet_v1 --teacher-width 0.1 --student mobilenet_v1 --epochs 2'),
    ];
    const whole = await mnetAt(dir, args('d-whole'));
    expect(whole.status).toBe(0);
    const cut = await mnetIn(dir, args('d-cut'), /student: [^]*training/);
    expect(cut.status).toBe(130);
    expect(cut.stderr).toContain('mnet distill --config runs/d-cut/flags.json --resume');
    const on = await mnetAt(dir, words('distill --config runs/d-cut/flags.json --resume'));
    expect(on.status).toBe(0);
    expect(weights('d-cut')).toEqual(weights('d-whole'));
  });
});
