/** Whether `npx` or a script of npm's started this program. */
export function startedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}
