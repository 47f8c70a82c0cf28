/**
 * What is wrong: `connection`: the server is not reached, or does not take the user and password; `gone`: it has lost a study; `edited`: the
 * study of that name is another one; `driven`: another driver has the search; `unknown-study`: there is none of that name.
 */
export type QueueErrorCode = 'connection' | 'gone' | 'edited' | 'driven' | 'unknown-study';

/** An error of a queue. Its message names the queue and holds no secret; for the same reason it has no `cause`. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
