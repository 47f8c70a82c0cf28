export { betaValue, gammaValue } from './beta.ts';
export { deriveSeed, freshSeed } from './seeds.ts';
export { normalValues, uniformValues } from './values.ts';
export { Random } from './xoshiro.ts';
