import type { JsonObject, JsonValue } from '@mnet/train';

/** One setting of a run, as JSON has it. */
export type Value = JsonValue;

/** The settings of one run, by key: the flags of a command of `mnet` in camelCase, or what a program of your own takes. */
export type Config = JsonObject;
