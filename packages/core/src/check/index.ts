export {
  booleanValue,
  integerFrom,
  integerIn,
  knownOptions,
  numberAbove,
  numberBelow,
  numberIn,
  oneOf,
  seedValue,
  show,
} from './check.ts';
