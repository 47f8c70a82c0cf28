import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interruptSignal } from '@mnet/cli';
import manifest from '@mnet/cli/package.json' with { type: 'json' };
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command } from '../src/config.ts';

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
  const preload = interruptAt === undefined ? [] : ['--import', './test/interrupt-self.ts'];
  const options = ['--conditions=@mnet/source', '--import', 'tsx', ...preload];
  const child = spawn(process.execPath, [...options, 'src/main.ts', ...args], {
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
function interruptSignalOf(events: () => void): AbortSignal {
  const emitters = [process, process.stdout, process.stderr] as NodeJS.EventEmitter[];
  const listeners = (each: NodeJS.EventEmitter) =>
    each.eventNames().flatMap((name) => each.listeners(name).map((to) => [name, to] as const));
  const before = new Set(emitters.flatMap(listeners).map(([, to]) => to));
  vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const signal = interruptSignal();
    events();
    return signal;
  } finally {
    for (const each of emitters) {
      for (const [name, to] of listeners(each)) {
        if (!before.has(to)) each.off(name, to as () => void);
      }
    }
    vi.restoreAllMocks();
  }
}

/** The last line of the log of the run that was under way. */
function endOf(name: string): unknown {
  const run = join(dir, 'runs', name);
  const log = [run, join(run, 'alone'), join(run, 'teacher')]
    .map((d) => join(d, 'log.jsonl'))
    .find((file) => existsSync(file));
  const lines = readFileSync(log as string, 'utf8')
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1) as string);
}

const tiny = (run: string): string[] =>
  `--dataset shapes10 --limit 60 --epochs 2 --batch-size 20 --teacher mobilenet_v1 --teacher-width 0.1 --teacher-epochs 1 --student mobilenet_v1 --width 0.1 --strides paper --alpha 0.3 --name ${run}`.split(
    ' ',
  );

describe('06-knowledge-distillation', () => {
  it('trains, distils, writes the run, and evaluates the saved model again', async () => {
    const { status, stdout, stderr } = await example(tiny('kd'));
    expect(complaints(stderr)).toEqual([]);
    expect(status).toBe(0);
    const run = join(dir, 'runs', 'kd');
    expect(readdirSync(run)).toEqual(
      expect.arrayContaining(['config.json', 'log.jsonl', 'metrics.csv', 'report.html', 'model']),
    );
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    expect(JSON.stringify(config.objective)).toContain('0.3');
    expect(readFileSync(join(run, 'metrics.csv'), 'utf8').trim().split('\n')).toHaveLength(3);
    expect(stdout).toContain('loaded again: the same test accuracy');
    const report = readFileSync(join(run, 'report.html'), 'utf8');
    for (const name of ['teacher', 'student alone', 'student distilled']) {
      expect(stdout).toMatch(new RegExp(`^${name} +[\\d,]+ +[\\d.]+ M +[\\d.]+% +[\\d.]+$`, 'm'));
      expect(report).toContain(name);
    }

    const again = await example(tiny('kd'));
    expect(again.stderr).toContain('runs/kd is there already; give --resume');
    expect(again.status).toBe(1);

    const reused = await example([...tiny('kd2'), '--teacher-run', 'runs/kd/teacher']);
    expect(complaints(reused.stderr)).toEqual([]);
    expect(reused.stdout).toContain(`teacher: from ${join(run, 'teacher')}`);
    expect(existsSync(join(dir, 'runs', 'kd2', 'teacher'))).toBe(false);
  });

  it('stops at Ctrl-C with whole files, and goes on to the weights of a run that was never stopped', async () => {
    const first = await example(tiny('cut'), {
      interruptAt: 'student distilled[^]*epoch 1/2',
    });
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('to go on, give the same command again with --resume');
    const run = join(dir, 'runs', 'cut');
    const files = readdirSync(run, { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);

    const second = await example([...tiny('cut'), '--resume']);
    expect(complaints(second.stderr)).toEqual([]);
    expect(second.status).toBe(0);
    const weights = (name: string): Buffer[] =>
      readdirSync(join(dir, 'runs', name, 'model'))
        .filter((file) => file.endsWith('.bin'))
        .map((file) => readFileSync(join(dir, 'runs', name, 'model', file)));
    expect(weights('cut')).toEqual(weights('kd'));
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

  it('takes a Ctrl-C that comes twice in a moment for one, and a later one for the end', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const signal = interruptSignalOf(() => {
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

  it('stops where the reader of its output goes away', () => {
    const signal = interruptSignalOf(() => process.stdout.emit('error', { code: 'EPIPE' }));
    expect(signal.reason).toMatchObject({ signal: 'SIGPIPE' });
    const hangup = interruptSignalOf(() => process.stderr.emit('error', { code: 'EIO' }));
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
    const teacher = await example([...other, '--teacher-width', '0.2']);
    expect(teacher.stderr).toContain('model.made.options.width: it has 0.1, got 0.2');
    expect(teacher.status).toBe(1);
    const student = await example([...other, '--strides', 'cifar']);
    expect(student.stderr).toMatch(
      /model.made.options.strides: it has "paper", got "cifar".*model.topology: it has/,
    );
    expect(student.status).toBe(1);
  });

  it.each([
    [
      ['--alpha', '1.5'],
      /--alpha <share>' argument '1.5' is invalid. It takes a number from 0 to 1/,
    ],
    [['--temperature', '0'], /It takes a number above 0/],
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
    const flag = await example(['--alpha', '2']);
    expect(flag.status).toBe(2);
    const data = await example(['--data-dir', 'nowhere']);
    expect(data.stderr).toMatch(/CIFAR-10 is not there.*--download/s);
    expect(data.status).toBe(1);
    const teacher = await example(['--teacher-run', 'nowhere']);
    expect(teacher.stderr).toContain('--teacher-run: ');
    expect(teacher.status).toBe(1);
  });
});
