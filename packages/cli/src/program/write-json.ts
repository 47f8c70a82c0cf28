import { writeWhole } from '@mnet/core/files';
import { userPath } from './user-path.ts';

/** Writes a value as one line of JSON to a file, or to stdout where the file is `-`. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(value)}\n`;
  if (file === '-') process.stdout.write(text);
  else await writeWhole(userPath(file), text);
}
