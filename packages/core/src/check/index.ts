export {
  booleanValue,
  integerFrom,
  integerIn,
  knownOptions,
  numberIn,
  oneOf,
  seedValue,
  show,
} from './check.ts';
