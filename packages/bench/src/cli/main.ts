#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { costCommand } from './cost.ts';
import { latencyCommand } from './latency.ts';
import { runProgram } from './program.ts';
import { throughputCommand } from './throughput.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('mnet-bench')
  .description('Measures image networks on TensorFlow.js backends.')
  .version(manifest.version)
  .addCommand(throughputCommand())
  .addCommand(latencyCommand())
  .addCommand(costCommand());

await runProgram(program, process.argv);
