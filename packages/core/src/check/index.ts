export {
  booleanValue,
  integerFrom,
  integerIn,
  knownOptions,
  numberAbove,
  numberIn,
  oneOf,
  seedValue,
  show,
} from './check.ts';
