/** Exports of assembly/index.ts. */
export interface KernelExports {
  setup(control: number, scratch: number): void;
  begin(epoch: number): void;
  join(epoch: number): number;
  serve(): void;
  fail(worker: number): void;
  workers(): number;
  enqueue(command: number, chunks: number): void;
  run(command: number, chunks: number): void;
  drain(most: number, mayBlock: number, patience: number): number;
  replay(commands: number, count: number, mayBlock: number, patience: number): number;
}
