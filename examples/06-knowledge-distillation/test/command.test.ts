import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArmResult,
  experimentCommand,
  interruptSignal,
  runProgram,
  savedModel,
} from '@mnet/cli';
import '@mnet/backend';
import manifest from '@mnet/cli/package.json' with { type: 'json' };
import { createModel, saveWeights } from '@mnet/models';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere, withoutListeners } from '../../../tools/processes/here.mjs';
import { exampleWords } from '../../../tools/processes/start.mjs';
import { experiment } from '../src/experiment.ts';

const command = () => experimentCommand(experiment);

const root = new URL('..', import.meta.url).pathname;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-example-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Sees the output as it grows, and may send signals. */
type Watch = (stdout: string, send: (signal: NodeJS.Signals) => void) => void;

interface Watched {
  watch?: Watch;
  /** Its output at which it gives itself a SIGINT. */
  interruptAt?: string;
}

/** Runs the example as its `npm start` does, from `dir`. */
function example(
  args: readonly string[],
  { watch = () => {}, interruptAt }: Watched = {},
): Promise<Outcome> {
  const preload = interruptAt === undefined ? [] : ['--import', './test/interrupt-self.mjs'];
  const child = spawn(process.execPath, [...preload, ...exampleWords(root), ...args], {
    cwd: root,
    env: {
      ...process.env,
      INIT_CWD: dir,
      npm_package_json: join(root, 'package.json'),
      INTERRUPT_AT: interruptAt,
    },
  });
  const outcome: Outcome = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    outcome.stdout += chunk.toString();
    watch(outcome.stdout, (signal) => void child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    outcome.stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ ...outcome, status }));
  });
}

/** Runs the example in this process, from `dir`. */
const exampleHere = (args: readonly string[]): Promise<Outcome> =>
  runHere(() => runProgram(command(), ['node', 'main.ts', ...args]), dir);

/** What an example says beside its output, but for the warning that so short a course calls for. */
const complaints = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !/^train: \d+ steps are too few/.test(line));

/** One that goes on until it is stopped. */
const endless = (run: string): string[] => [...tiny(run), '--epochs', '10000'];

/** Sends a signal when a step of the teacher is shown. */
function firstStep(signal: NodeJS.Signals): Watch {
  let sent = false;
  return (stdout, send) => {
    if (sent || !/epoch 1\/1/.test(stdout)) return;
    sent = true;
    send(signal);
  };
}

/** What `interruptSignal` gives, after these events; it listens to this process no longer then. */
async function interruptSignalOf(events: () => void): Promise<AbortSignal> {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    return await withoutListeners(() => {
      const signal = interruptSignal();
      events();
      return signal;
    });
  } finally {
    vi.restoreAllMocks();
  }
}

/** The last line of the log of the training that was under way. */
function endOf(name: string): unknown {
  const log = ['from-scratch', 'alone', 'teacher-scratch']
    .map((arm) => join(dir, 'runs', name, arm, 'log.jsonl'))
    .find((file) => existsSync(file));
  const lines = readFileSync(log as string, 'utf8')
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1) as string);
}

const tiny = (name: string): string[] =>
  `--dataset shapes10 --limit 60 --epochs 2 --batch-size 20 --batch-norm-momentum 0.9 --teacher mobilenet_v1 --teacher-width 0.1 --teacher-epochs 1 --student mobilenet_v1 --width 0.1 --alpha 0.3 --name ${name}`.split(
    ' ',
  );

const resultsOf = (name: string): ArmResult[] => {
  const text = readFileSync(join(dir, 'runs', name, 'results.json'), 'utf8');
  return (JSON.parse(text) as { results: ArmResult[] }).results;
};

const weightsOf = (...folder: string[]): Buffer[] => {
  const model = join(dir, 'runs', ...folder, 'model');
  const files = readdirSync(model).filter((file) => file.endsWith('.bin'));
  expect(files).not.toEqual([]);
  return files.map((file) => readFileSync(join(model, file)));
};

describe('06-knowledge-distillation', () => {
  it('trains a teacher, the student alone and taught, and says which teachers it leaves out', async () => {
    const { status, stdout, stderr } = await example(tiny('kd'));
    expect(complaints(stderr)).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /left out: the teachers imagenet and finetuned.*--imagenet-weights FILE/,
    );
    expect(resultsOf('kd').map(({ arm }) => arm)).toEqual([
      'teacher-scratch',
      'alone',
      'from-scratch',
    ]);
    const [teacher, , taught] = resultsOf('kd');
    expect(taught?.teacherAccuracy).toBe(teacher?.testAccuracy);
    expect(taught?.agreement).toBeGreaterThanOrEqual(0);
    const config = readFileSync(join(dir, 'runs', 'kd', 'from-scratch', 'config.json'), 'utf8');
    expect(JSON.parse(config).objective).toMatchObject({ alpha: 0.3 });
    expect(stdout).toMatch(/^from-scratch +0\.1 +1 .*[+-]\d+\.\d\d/m);

    const again = await exampleHere(tiny('kd'));
    expect(again.stderr).toContain('runs/kd is there already; give --resume');
    expect(again.status).toBe(1);

    const run = join('runs', 'kd', 'teacher-scratch');
    const others = tiny('kd2')
      .join(' ')
      .replace(/--teacher .*--student/, '--student')
      .split(' ');
    const reused = await exampleHere([...others, '--teacher-run', run]);
    expect(complaints(reused.stderr)).toEqual([]);
    expect(existsSync(join(dir, 'runs', 'kd2', 'teacher-scratch'))).toBe(false);
    expect(weightsOf('kd2', 'from-scratch')).toEqual(weightsOf('kd', 'from-scratch'));
  });

  it('has two more teachers where there are ImageNet weights, one for all seeds', async () => {
    await setBackend('mnet');
    const source = createModel('mobilenet_v1', {
      classes: 20,
      width: 0.1,
      inputShape: [64, 64, 3],
    });
    const file = join(dir, 'weights.safetensors');
    await saveWeights(source, file, { format: 'mnet' });
    const weights = ['--imagenet-weights', 'weights.safetensors'];
    const { stderr, status } = await exampleHere([...tiny('three'), ...weights, '--seeds', '2']);
    expect(complaints(stderr)).toEqual([]);
    expect(status).toBe(0);
    expect(resultsOf('three').map(({ folder }) => folder)).toEqual([
      'teacher-finetuned',
      'teacher-scratch',
      ...[1, 2].flatMap((seed) =>
        ['alone', 'from-imagenet', 'from-finetuned', 'from-scratch'].map(
          (arm) => `${arm}-seed-${seed}`,
        ),
      ),
    ]);
    const teachers = new Set(
      [1, 2].map((seed) => {
        const run = join(dir, 'runs', 'three', `from-imagenet-seed-${seed}`, 'config.json');
        return JSON.parse(readFileSync(run, 'utf8')).objective.fingerprint.teacher as string;
      }),
    );
    expect(teachers.size).toBe(1);

    // What of the weights is not the head is the untrained teacher's and not the seeded one's.
    const seeded = join(dir, 'runs', 'three', 'from-scratch-seed-1', 'config.json');
    expect(teachers).not.toContain(
      JSON.parse(readFileSync(seeded, 'utf8')).objective.fingerprint.teacher,
    );
  });

  it('takes a run of the same network in place of ImageNet weights', async () => {
    const run = join('runs', 'three', 'teacher-scratch');
    const trained = await savedModel(join(dir, run), 'run');
    const file = join(dir, 'trained.safetensors');
    await saveWeights(trained, file, { format: 'mnet' });
    trained.dispose();
    const teachers: unknown[] = [];
    for (const [name, weights] of [
      ['of-run', run],
      ['of-file', 'trained.safetensors'],
    ] as const) {
      const words = ['--teachers', 'imagenet', '--imagenet-weights', weights];
      const { status } = await exampleHere([...tiny(name), ...words]);
      expect(status).toBe(0);
      const config = readFileSync(join(dir, 'runs', name, 'from-imagenet', 'config.json'), 'utf8');
      teachers.push(JSON.parse(config).objective.fingerprint.teacher);
    }
    expect(teachers[0]).toBe(teachers[1]);
    const wide = [...tiny('wide'), '--imagenet-weights', run, '--teacher-width', '0.2'];
    const refused = await exampleHere(wide);
    expect(refused.stderr).toMatch(/--imagenet-weights: the network of .* has other weights/);
    expect(refused.status).not.toBe(0);
  });

  it('trains what stands in for ImageNet weights on another data set, once for all seeds', async () => {
    const words = [...tiny('stand-in'), '--pretrain', 'shapes10', '--pretrain-epochs', '3'];
    const { stderr, status } = await exampleHere([...words, '--seeds', '2']);
    expect(complaints(stderr)).toEqual([]);
    expect(status).toBe(0);
    const results = resultsOf('stand-in');
    expect(
      results.map(({ folder }) => folder).filter((name) => name.startsWith('teacher')),
    ).toEqual(['teacher-pretrained', 'teacher-finetuned', 'teacher-scratch']);
    expect(results.find(({ arm }) => arm === 'teacher-pretrained')?.epochs).toBe(3);
    const teacherOf = (name: string, folder: string): unknown => {
      const config = readFileSync(join(dir, 'runs', name, folder, 'config.json'), 'utf8');
      return JSON.parse(config).objective.fingerprint.teacher;
    };
    const ofRun = ['--imagenet-weights', join('runs', 'stand-in', 'teacher-pretrained')];
    await exampleHere([...tiny('given'), ...ofRun]);
    for (const kind of ['imagenet', 'finetuned']) {
      const teachers = ['seed-1', 'seed-2'].map((seed) =>
        teacherOf('stand-in', `from-${kind}-${seed}`),
      );
      expect(new Set([...teachers, teacherOf('given', `from-${kind}`)]).size).toBe(1);
    }
  });

  it.each([
    [
      '--teachers finetuned,imagenet',
      /--teachers: got imagenet and finetuned, takes it with the w/,
    ],
    [
      '--teachers scratch --imagenet-weights weights.safetensors',
      /--imagenet-weights: got it with/,
    ],
    [
      '--imagenet-weights nowhere.safetensors',
      /--imagenet-weights: .*nowhere.safetensors is not there/,
    ],
    ['--imagenet-weights weights.txt', /--imagenet-weights: .*weights\.txt/],
    ['--teachers scratch --pretrain cifar100', /--pretrain: got it with --teachers scratch/],
    ['--pretrain-epochs 3', /--pretrain-epochs: takes --pretrain beside it/],
    ['--pretrain cifar100 --imagenet-weights weights.txt', /cannot be used with/],
    ['--pretrain imagenet', /--pretrain.*cifar10, cifar100, shapes10/],
    ['--teacher-run nowhere --teachers scratch', /conflict|cannot be used with/],
  ])('refuses %s', async (flags, message) => {
    writeFileSync(join(dir, 'weights.txt'), 'not a safetensors file');
    writeFileSync(join(dir, 'weights.safetensors'), '');
    const { status, stderr } = await exampleHere([...tiny('no'), ...flags.split(' ')]);
    expect(stderr).toMatch(message);
    expect(status).not.toBe(0);
  });

  it('stops at Ctrl-C with whole files, and goes on to the weights of a run that was never stopped', async () => {
    const first = await example(tiny('cut'), {
      interruptAt: 'from-scratch[^]*epoch 1/2',
    });
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('--config runs/cut/flags.json --resume');
    const run = join(dir, 'runs', 'cut');
    const files = readdirSync(run, { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);

    const second = await exampleHere(['--config', 'runs/cut/flags.json', '--resume']);
    expect(complaints(second.stderr)).toEqual([]);
    expect(second.status).toBe(0);
    expect(weightsOf('cut', 'from-scratch')).toEqual(weightsOf('kd', 'from-scratch'));
  });

  it('tells its version', () => {
    let said = '';
    const program = command()
      .exitOverride()
      .configureOutput({ writeOut: (text) => (said += text) });
    expect(() => program.parse(['node', 'main.ts', '--version'])).toThrow(manifest.version);
    expect(said).toBe(`${manifest.version}\n`);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends at %s as at Ctrl-C, with the exit code %i', async (signal, code) => {
    const first = await example(endless(signal), { watch: firstStep(signal) });
    expect(first.status).toBe(code);
    expect(first.stderr).toContain(`${signal}: stopping at the next step`);
    expect(endOf(signal)).toMatchObject({ event: 'end', status: 'stopped' });
  });

  it('takes a Ctrl-C that comes twice in a moment for one, and a later one for the end', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const signal = await interruptSignalOf(() => {
      process.emit('SIGINT', 'SIGINT');
      now.mockReturnValue(1100);
      process.emit('SIGINT', 'SIGINT');
      expect(exit).not.toHaveBeenCalled();
      now.mockReturnValue(3000);
      process.emit('SIGTERM', 'SIGTERM');
      expect(exit).toHaveBeenCalledWith(143);
    });
    expect(signal.reason).toMatchObject({ name: 'AbortError', signal: 'SIGINT' });
  });

  it('stops where the reader of its output goes away', async () => {
    const signal = await interruptSignalOf(() => process.stdout.emit('error', { code: 'EPIPE' }));
    expect(signal.reason).toMatchObject({ signal: 'SIGPIPE' });
    const hangup = await interruptSignalOf(() => process.stderr.emit('error', { code: 'EIO' }));
    expect(hangup.reason).toMatchObject({ signal: 'SIGHUP' });
  });

  it('keeps the step at a Ctrl-C under npm start, which all processes of the terminal get', async () => {
    const child = spawn('npm', ['--prefix', root, 'start', '--', ...endless('npm')], {
      cwd: dir,
      // A group of its own, as a terminal's foreground processes are.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let sent = false;
    for await (const part of child.stdout) {
      text += part;
      if (sent || !/epoch 1\/1/.test(text)) continue;
      sent = true;
      process.kill(-(child.pid as number), 'SIGINT');
    }
    expect(sent).toBe(true);
    expect(endOf('npm')).toMatchObject({ event: 'end', status: 'stopped' });
  });

  it('does not go on with another network, and names what differs', async () => {
    const other = [...tiny('kd'), '--resume'];
    const teacher = await exampleHere([...other, '--teacher-width', '0.2']);
    expect(teacher.stderr).toMatch(/--teacher-width: .* was made with 0.1, got 0.2/);
    expect(teacher.status).toBe(1);
    const student = await exampleHere([...other, '--strides', 'cifar']);
    expect(student.stderr).toContain('model.made.options.strides: it has "stem1", got "cifar"');
    expect(student.status).toBe(1);
  });

  it.each([
    [
      ['--alpha', '1.5'],
      /--alpha <share>' argument '1.5' is invalid. It takes a number from 0 to 1/,
    ],
    [['--temperature', '0'], /It takes a number above 0/],
    [['--teachers', 'google'], /It takes one or more of imagenet, finetuned, scratch/],
    [['--lr', 'fast'], /'fast' is invalid. It takes a finite number from 0/],
    [['--run', 'x'], /unknown option '--run'.*--runs/s],
    [['--student', 'vgg'], /'vgg' is invalid. Allowed choices are .*mobilenet_v2/],
    [['--name', '../x'], /'..\/x' is invalid. It takes a name/],
    [['--resume', '--overwrite'], /cannot be used with/],
    [['--epoch', '3'], /unknown option '--epoch'.*--epochs/s],
  ])('says what %j should be', (args, message) => {
    let said = '';
    const program = command()
      .exitOverride()
      .configureOutput({ writeErr: (text) => (said += text) });
    expect(() => program.parse(['node', 'main.ts', ...args])).toThrow(/error:/);
    expect(said).toMatch(message);
  });

  it('exits with 2 for a wrong flag, and with 1 before any training where something is missing', async () => {
    const flag = await exampleHere(['--alpha', '2']);
    expect(flag.status).toBe(2);
    const data = await exampleHere(['--data-dir', 'nowhere']);
    expect(data.stderr).toMatch(/CIFAR-10 is not there.*--download/s);
    expect(data.status).toBe(1);
    const teacher = await exampleHere(['--teacher-run', 'nowhere']);
    expect(teacher.stderr).toContain('--teacher-run: ');
    expect(teacher.status).toBe(1);
  });
});
