// The programs and command lines of a page.
//
// A block marked js or ts is a program of its own; js is also checked as TypeScript, so it must be both. A comment
// before a block, which no reader sees, may say otherwise:
//
//     <!-- check: continues -->                        it goes on where the block before it ended
//     <!-- check: with                                 what a reader is to have at hand
//     const model = …
//     -->
//     <!-- check: runs with `a` for `b` -->            runs with `a` written where the page has `b`, to be shorter
//     <!-- check: types only, it downloads 20 MB -->   is checked and not run, and why
//     <!-- check: saved as study.mjs -->               is saved under this name, for the programs and command lines after it
//     <!-- check: in a page -->                        runs in the page that the block marked html is
//     <!-- check: runs -->                             the command lines of a block marked sh run, and not only their kind
//
// A block marked text that directly follows a program is what it prints.

/** A mark (the comment's text), a block (with its language), or undefined for what is neither; and where it ends. */
function elementAt(lines, at) {
  const fence = /^```(\w*)$/.exec(lines[at]);
  if (fence) {
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: the block has no end`);
    return { block: { language: fence[1], line: at + 1, code: lines.slice(at + 1, end) }, end };
  }
  if (!lines[at].startsWith('<!-- check:')) return { end: at };
  const end = lines.findIndex((line, i) => i >= at && line.endsWith('-->'));
  const text = lines.slice(at, end + 1).join('\n');
  return { mark: { line: at, text: text.slice('<!-- check:'.length, -'-->'.length).trim() }, end };
}

/** All blocks with the marks before them; `follows` is true where nothing lies between it and the block before. */
export function blocksOf(page) {
  const lines = page.split('\n');
  const blocks = [];
  let marks = [];
  let follows = false;
  for (let at = 0; at < lines.length; at++) {
    const { block, mark, end } = elementAt(lines, at);
    if (block) {
      blocks.push({ ...block, marks, follows });
      marks = [];
      follows = true;
    } else if (mark) {
      marks.push(mark);
    } else if (lines[at] !== '') {
      if (marks.length > 0) throw new Error(`line ${at + 1}: a block was to follow the comment`);
      follows = false;
    }
    at = end;
  }
  return blocks;
}

/** Puts lines into a program at the place that they have on the page, so that errors name the page's lines. */
function place(program, code, line) {
  while (program.length < line) program.push('');
  program.push(...code);
}

/** What to write for what, where a comment says so; undefined for any other comment. */
function replacementOf({ line, text }) {
  const [, shorter, longer] = /^runs with `(.+)` for `(.+)`$/.exec(text) ?? [];
  return shorter === undefined ? undefined : { shorter, longer, line };
}

function applyMark(program, mark) {
  const { line, text } = mark;
  const replacement = replacementOf(mark);
  const [, why] = /^types only, (.+)$/s.exec(text) ?? [];
  const [, savedAs] = /^saved as ([\w-]+\.mjs)$/.exec(text) ?? [];
  if (text.startsWith('with\n')) {
    const code = text.split('\n').slice(1);
    for (const part of [program.checked, program.run]) place(part, code, line + 1);
  } else if (replacement) program.replacements.push(replacement);
  else if (text === 'in a page') program.page = true;
  else if (savedAs !== undefined) program.savedAs = savedAs;
  else if (why !== undefined) program.typesOnly = why;
  else if (text !== 'continues') throw new Error(`line ${line + 1}: unknown comment ${text}`);
}

/**
 * The programs of a page: `checked`, the lines to check, `run`, the lines to run, `output`, what they print (undefined
 * where the page does not say).
 */
export function programsOf(blocks) {
  const programs = [];
  for (const { language, line, code, marks, follows } of blocks) {
    const last = programs.at(-1);
    if (language === 'text' && follows && last) {
      last.output = `${last.output ?? ''}${code.join('\n')}\n`;
    }
    if (!['js', 'ts'].includes(language)) continue;
    const goesOn = marks.some(({ text }) => text === 'continues');
    if (goesOn && !last) throw new Error(`line ${line}: there is nothing to continue`);
    const program = goesOn
      ? last
      : { line, language, checked: [], run: [], replacements: [], output: undefined };
    if (!goesOn) programs.push(program);
    program.typesOnly = undefined;
    program.language = program.language === 'ts' ? 'ts' : language;
    for (const mark of marks) applyMark(program, mark);
    place(program.checked, code, line);
    if (program.typesOnly !== undefined) continue;
    place(program.run, shortened(code, program.replacements), line);
    program.replacements = [];
  }
  return programs;
}

function shortened(code, replacements) {
  let text = code.join('\n');
  for (const { shorter, longer, line } of replacements) {
    if (!text.includes(longer)) throw new Error(`line ${line + 1}: the block has no ${longer}`);
    text = text.replaceAll(longer, shorter);
  }
  return text.split('\n');
}

const linesOf = (code) =>
  code
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map((line) => line.trim().replace(/^(\w+=\S+ +)+/, ''))
    .filter((line) => line !== '');

/**
 * The command lines of a page's sh blocks, without comments and settings; `a && b` are two. Each is `{ line, runs }`, where
 * `runs` is what to run of it, in the order of the page; undefined where its kind says what to check.
 */
export function commandsOf(blocks) {
  return blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code, marks }) => {
      const lines = linesOf(code);
      if (!marks.some(({ text }) => text === 'runs')) return lines.map((line) => ({ line }));
      const replacements = marks.map(replacementOf).filter(Boolean);
      const runs = linesOf(shortened(code, replacements));
      return lines.map((line, i) => ({ line, runs: runs[i] }));
    });
}
