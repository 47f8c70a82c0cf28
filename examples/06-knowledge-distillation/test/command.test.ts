import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '@mnet/train/package.json' with { type: 'json' };
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** Runs the example as its `npm start` does, from `dir`; it gets a SIGINT when its output matches `interruptAt`. */
function example(args: readonly string[], interruptAt?: string): Promise<Outcome> {
  const preload = interruptAt === undefined ? [] : ['--import', './test/interrupt-self.ts'];
  const options = ['--conditions=@mnet/source', '--import', 'tsx', ...preload];
  const child = spawn(process.execPath, [...options, 'src/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: dir, INTERRUPT_AT: interruptAt },
  });
  const outcome: Outcome = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    outcome.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    outcome.stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ ...outcome, status }));
  });
}

const tiny = (run: string): string[] =>
  `--dataset shapes10 --limit 60 --epochs 2 --batch-size 20 --teacher mobilenet_v1 --teacher-width 0.1 --teacher-epochs 1 --student mobilenet_v1 --width 0.1 --strides paper --alpha 0.3 --run ${run}`.split(
    ' ',
  );

describe('06-knowledge-distillation', () => {
  it('trains, distils, writes the run, and evaluates the saved model again', async () => {
    const { status, stdout, stderr } = await example(tiny('kd'));
    expect(stderr).toBe('');
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
    expect(reused.stderr).toBe('');
    expect(reused.stdout).toContain(`teacher: from ${join(run, 'teacher')}`);
    expect(existsSync(join(dir, 'runs', 'kd2', 'teacher'))).toBe(false);
  });

  it('stops at Ctrl-C with whole files, and goes on to the weights of a run that was never stopped', async () => {
    const first = await example(tiny('cut'), 'student distilled[^]*epoch 1/2');
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('to go on, give the same command again with --resume');
    const run = join(dir, 'runs', 'cut');
    const files = readdirSync(run, { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);

    const second = await example([...tiny('cut'), '--resume']);
    expect(second.stderr).toBe('');
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
    [
      ['--alpha', '1.5'],
      /--alpha <share>' argument '1.5' is invalid. It takes a number from 0 to 1/,
    ],
    [['--temperature', '0'], /It takes a number above 0/],
    [['--lr', 'fast'], /'fast' is invalid. It takes a number above 0/],
    [['--student', 'vgg'], /'vgg' is invalid. Allowed choices are .*mobilenet_v2/],
    [['--run', '../x'], /'..\/x' is invalid. It takes a name/],
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
