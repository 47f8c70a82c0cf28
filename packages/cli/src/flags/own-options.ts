import { either, type Fields, optional, type Takes } from '@mnet/core/options';
import type { OwnOptions } from '@mnet/models';
import type { AnyOption, FlagText } from './flag.ts';

type Together<T> = (T extends unknown ? (each: T) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** What some network takes of its own. */
export type OwnFlags = Together<OwnOptions>;

/** What help says of an option, where there is more to say than what it takes. */
const words: Readonly<Record<string, string>> = {
  scaleHead: 'the width shrinks its last convolution too',
  widthRule: 'how the width scales its table',
  initialStride: 'stride of the first stage that strides after the stem',
};

/**
 * Flags for what networks take of their own, so that a network's new option has one by itself.
 *
 * @param networks the declared options of each, by its name
 * @returns the options that the flags feed, and the flags, both by key. The options have no defaults: a model is told only
 *   what a user said.
 */
export function ownFlags(networks: Readonly<Record<string, Fields>>): {
  fields: Fields;
  table: Readonly<Record<string, FlagText>>;
} {
  const owners = new Map<string, Map<string, AnyOption>>();
  for (const [network, fields] of Object.entries(networks)) {
    for (const [key, option] of Object.entries(fields)) {
      owners.set(key, (owners.get(key) ?? new Map<string, AnyOption>()).set(network, option));
    }
  }
  const made = [...owners].map(([key, owned]) => {
    const takes = takenByAny([...owned.values()]);
    return { key, option: optional(takes), text: flagText(key, takes, owned) };
  });
  return {
    fields: Object.fromEntries(made.map(({ key, option }) => [key, option])),
    table: Object.fromEntries(made.map(({ key, text }) => [key, text])),
  };
}

/** What one of them takes; `createModel` knows which of them counts. */
function takenByAny(all: readonly AnyOption[]): Takes<unknown> {
  const different = new Map(all.map(({ takes }) => [takes.text, takes as Takes<unknown>]));
  return [...different.values()].reduce((first, second) => either(first, second));
}

/** @param owned the option of each network that has one of this key */
function flagText(
  key: string,
  takes: Takes<unknown>,
  owned: ReadonlyMap<string, AnyOption>,
): FlagText {
  const isSwitch = takes.written === 'boolean';
  const name = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const said = `${[...owned.keys()].join(', ')}: ${words[key] ?? `takes ${takes.text}`}`;
  const [usual, ...others] = new Set(
    [...owned.values()].map(({ fallback }) => fallback as unknown),
  );
  const shown = others.length === 0 && ['string', 'number'].includes(typeof usual);
  return [
    isSwitch ? name : `${name} <value>`,
    shown ? `${said} (default: ${String(usual)})` : said,
  ];
}
