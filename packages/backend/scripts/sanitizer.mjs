// Whether kernels can be tested under AddressSanitizer and UBSan here.
import { execFileSync } from 'node:child_process';
import { isAbsolute } from 'node:path';

/** The libraries of the checks, which must be loaded before the addon; undefined where gcc or one of them is missing. */
export function sanitizerLibraries() {
  // Of a library that it has not it gives the bare name.
  const place = (name) =>
    execFileSync(process.env.CC ?? 'gcc', [`-print-file-name=${name}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const libraries = ['libasan.so', 'libubsan.so'].map(place);
    return libraries.every(isAbsolute) ? libraries : undefined;
  } catch {
    return undefined;
  }
}
