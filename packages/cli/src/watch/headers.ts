import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

const policy = (directives: Readonly<Record<string, string>>): string =>
  Object.entries(directives)
    .map((each) => each.join(' ').trim())
    .join('; ');

/** Of every answer: nothing is asked of another server, framed, or read by a page of another one. */
export const headers: OutgoingHttpHeaders = {
  'Content-Security-Policy': policy({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'connect-src': "'self'",
    'img-src': 'data:',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  }),
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Of a report, which is a file of the run's folder: it runs nothing and reads nothing of this server. */
export const reportHeaders: OutgoingHttpHeaders = {
  ...headers,
  'Content-Security-Policy': policy({
    sandbox: '',
    'default-src': "'none'",
    'style-src': "'unsafe-inline'",
    'img-src': 'data:',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  }),
};

/**
 * Whether a request names this server as one that stands on this machine. A page elsewhere whose name was made to lead
 * here (DNS rebinding) names its own.
 */
export function isForHere({ headers: { host }, socket }: IncomingMessage): boolean {
  const port = String(socket.localPort);
  return ['127.0.0.1', 'localhost'].some(
    (name) => host === `${name}:${port}` || (host === name && port === '80'),
  );
}
