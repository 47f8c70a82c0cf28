import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ShellCompDirective } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command, Option } from 'commander';
import { Flag } from '../flags/flag.ts';
import { userPath } from './user-path.ts';

/**
 * Adds `completion SHELL`, which prints a script for bash, zsh, fish or PowerShell, and the hidden command that such a
 * script asks. tab answers with commands, flags and choices; what it cannot know, paths and names beside which a path is
 * taken too, is answered here.
 */
export function addCompletion(program: Command): Command {
  const completion = tab(program, { completionCommandName: 'completion' });
  const answer = completion.parse.bind(completion);
  completion.parse = (words: string[]) => {
    const values = openValues(program, words);
    if (values === undefined) return answer(words);
    for (const value of values) console.log(`${value}\t`);
    const goesOn = values.length === 1 && values[0]?.endsWith('/');
    const { ShellCompDirectiveNoFileComp: alone, ShellCompDirectiveNoSpace: noSpace } =
      ShellCompDirective;
    console.log(`:${goesOn ? alone + noSpace : alone}`);
  };
  return program;
}

/**
 * What may stand in the place of the last word, where that is a path or an open list of names; else undefined.
 *
 * @param words after the program's name; the last one is the one under the cursor
 */
function openValues(program: Command, words: readonly string[]): string[] | undefined {
  const word = words.at(-1) ?? '';
  const command = commandOf(program, words.slice(0, -1));
  const option = optionOf(command, words.at(-2));
  if (option !== undefined) {
    if (option.argChoices !== undefined) return undefined;
    if (!(option instanceof Flag)) return option.long === '--config' ? paths(word) : [];
    const names = option.suggestions.filter((name) => name.startsWith(word));
    return [...names, ...(option.path ? paths(word) : [])];
  }
  if (word.startsWith('-') || command.registeredArguments.length === 0) return undefined;
  return command.registeredArguments[0]?.argChoices ? undefined : paths(word);
}

/** The command that these words are within. */
function commandOf(program: Command, words: readonly string[]): Command {
  const [name, ...rest] = words;
  const within = program.commands.find((each) => each.name() === name);
  return within === undefined ? program : commandOf(within, rest);
}

/** The option whose value comes after this word. */
function optionOf(command: Command, word?: string): Option | undefined {
  const named = command.options.find(({ short, long }) => word && [short, long].includes(word));
  return named?.isBoolean() ? undefined : named;
}

/** Files and folders whose path begins with a word. */
function paths(word: string): string[] {
  const folder = word.endsWith('/') ? word : word === '' ? '' : `${dirname(word)}/`;
  const shown = folder === './' && !word.startsWith('./') ? '' : folder.replace(/\/+$/, '/');
  try {
    return readdirSync(userPath(folder || '.'), { withFileTypes: true })
      .map((entry) => shown + entry.name + (entry.isDirectory() ? '/' : ''))
      .filter((path) => path.startsWith(word) && !/(^|\/)\.[^/]*\/?$/.test(path))
      .toSorted();
  } catch {
    return [];
  }
}
