import { tryNodeModules } from '../files/node.ts';
import type { Watchdog } from './watchdog.ts';

const MAX_REDIRECTS = 10;

/** An answer that no other attempt will mend. */
export class BadRedirect extends Error {}

/** Where an address led. */
export interface Followed {
  readonly response: Response;
  /** SHA-256 that an answer on the way published for the file, in lower-case hexadecimal. */
  readonly publishedSha256: string | undefined;
}

/**
 * Asks for an address, and for the next one where the answer leads on.
 *
 * @param headers for every address
 * @param secrets headers such as `authorization`, for the first address's own origin alone
 * @throws BadRedirect where it leads in a circle, to no address, to one that is not http or https, or from https to http
 */
export async function follow(
  url: string,
  headers: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
  watchdog: Watchdog,
): Promise<Followed> {
  // The hub of Hugging Face names a large file's digest in the answer that redirects to its storage. Node shows that
  // answer; a browser hides it, and cares for the rest by itself.
  const redirect = tryNodeModules() ? 'manual' : 'follow';
  const { origin } = new URL(url);
  let publishedSha256: string | undefined;
  let at = new URL(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const sent = at.origin === origin ? { ...headers, ...secrets } : headers;
    const request = fetch(at, { headers: sent, signal: watchdog.signal, redirect });
    const response = await watchdog.guard(request);
    const linked = response.headers.get('x-linked-etag') ?? '';
    publishedSha256 ??= /^"?([0-9a-f]{64})"?$/.exec(linked)?.[1];
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { response, publishedSha256 };
    }
    await response.body?.cancel();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    if (!next || !['http:', 'https:'].includes(next.protocol)) {
      throw new BadRedirect(`redirects to '${location}', which is no http or https address`);
    }
    if (at.protocol === 'https:' && next.protocol === 'http:') {
      throw new BadRedirect(`redirects from https to http (${next.host}), which is refused`);
    }
    at = next;
  }
  throw new BadRedirect(`redirects more than ${MAX_REDIRECTS} times`);
}
