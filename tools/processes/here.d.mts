export function withoutListeners<T>(job: () => T): Promise<Awaited<T>>;

export function runHere(
  program: () => Promise<void>,
  cwd?: string,
): Promise<{ status: number; stdout: string; stderr: string }>;
