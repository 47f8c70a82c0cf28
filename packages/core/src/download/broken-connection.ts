/** A failed attempt that another one may mend. */
export class BrokenConnection extends Error {
  /** Milliseconds that the server asked to wait for. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options?: ErrorOptions & { retryAfter?: number | undefined }) {
    super(message, options);
    this.retryAfter = options?.retryAfter;
  }
}
