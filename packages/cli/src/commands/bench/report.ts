import {
  actionFigures,
  type AnyResult,
  benchMarkdown,
  readResults,
  renderBenchReport,
  resultFile,
} from '@mnet/bench';
import { writeWhole } from '@mnet/core/files';
import { choice, optional, options, type Resolved, text } from '@mnet/core/options';
import { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { userPath } from '../../program/user-path.ts';
import { refuseUnused } from './refuse-unused.ts';

const formats = ['html', 'markdown', 'json', 'github-action-benchmark'] as const;
type Format = (typeof formats)[number];

const reportOptions = options({
  /** Where it is written; left out: stdout. */
  output: optional(text('the path of a file')),
  /** Its format; left out: by the file's ending, else `markdown`. */
  format: optional(choice(formats)),
  /** The page's heading. */
  title: optional(text('a heading'), 'Benchmark'),
});

type Flags = Resolved<typeof reportOptions>;

/** `mnet bench report` */
export function reportCommand(): Command {
  const command = new Command('report')
    .description(
      'Files of results as one page with charts, as Markdown, as one file of results, or as github-action-benchmark takes them.',
    )
    .argument('<files...>', 'files that --json of these commands has written');
  return addFlags(command, reportOptions, {
    output: ['--output <file>', 'where it is written (default: stdout)', { path: true }],
    format: [
      '--format <name>',
      "how (default: by the file's ending .html, .md or .json, else markdown)",
    ],
    title: ['--title <text>', "the page's heading"],
  }).action(report);
}

async function report(
  paths: readonly string[],
  { output, format = formatOf(output), title }: Flags,
  command: Command,
): Promise<void> {
  if (format !== 'html') {
    refuseUnused(command, 'title', `got it with the format ${format}, takes it with html`);
  }
  const results: AnyResult[] = [];
  for (const path of paths) results.push(...(await readResults(userPath(path))));
  const written = textOf(results, format, title);
  if (output === undefined) {
    process.stdout.write(written);
    return;
  }
  await writeWhole(userPath(output), written);
  console.log(`report: ${userPath(output)}`);
}

function formatOf(output: string | undefined): Format {
  const ending = /\.(html|json)$/.exec(output ?? '')?.[1];
  return (ending as 'html' | 'json' | undefined) ?? 'markdown';
}

function textOf(results: readonly AnyResult[], format: Format, title: string): string {
  if (format === 'html') return renderBenchReport(results, { title });
  if (format === 'markdown') return benchMarkdown(results);
  if (format === 'json') return `${JSON.stringify(resultFile(results))}\n`;
  return `${JSON.stringify(actionFigures(results), null, 2)}\n`;
}
