export { isRunning, type ProcessIdentity, thisProcess } from './identity.ts';
export { shellWord } from './shell-word.ts';
