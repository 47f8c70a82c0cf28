/**
 * An address without its secrets, for people: of `redis://user:password@host:6379/0?x=y` stays `redis://user:***@host:6379/0`.
 * What is no address is taken for a text that may hold some: each loses what stands before its `@`.
 */
export function redact(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return withoutUsers(url);
  }
  // ioredis takes options from the query, a password too.
  parsed.search = '';
  parsed.hash = '';
  if (parsed.password === '') return parsed.href;
  parsed.password = '***';
  return parsed.href;
}

/** Takes the secrets of an address out of texts that others wrote, such as errors of a client. */
export function redactor(url: string): (text: string) => string {
  const secrets = secretsOf(url);
  const place = redact(url);
  return (text) => {
    let told = text.replaceAll(url, place);
    for (const secret of secrets) told = told.replaceAll(secret, '***');
    // It is no address, though one that begins with `SyntaxError:` could be read as such.
    return withoutUsers(told);
  };
}

function withoutUsers(text: string): string {
  return text.replaceAll(/([a-z][a-z\d+.-]*:\/\/)[^\s/@]*@/gi, '$1***@');
}

function secretsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  const found = [password, ...searchParams.values()].filter((each) => each !== '');
  const decoded = found.map((each) => {
    try {
      return decodeURIComponent(each);
    } catch {
      return each;
    }
  });
  // Longer ones first: one may hold another.
  return [...new Set([...found, ...decoded])].toSorted((a, b) => b.length - a.length);
}
