// The part of jasmine-core used here; its own package has no types.
declare module 'jasmine-core' {
  interface SpecResult {
    fullName: string;
    status: string;
    failedExpectations: { message: string }[];
  }

  export interface Env {
    configure(options: { random?: boolean }): void;
    addReporter(reporter: { specDone?(result: SpecResult): void }): void;
    beforeEach(action: () => void | Promise<void>): void;
    afterEach(action: () => void): void;
    execute(): Promise<{ failedExpectations?: { message: string }[] }>;
  }

  /** Sets describe, it, expect … as globals. */
  function boot(): { getEnv(): Env; DEFAULT_TIMEOUT_INTERVAL: number };

  const jasmine: { boot: typeof boot };
  export default jasmine;
}
