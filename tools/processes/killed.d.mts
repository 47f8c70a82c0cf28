export function killAgainAndAgain(
  file: string,
  args: readonly string[],
  options: {
    kills: number;
    steps: number;
    random: () => number;
    onKilled: () => void;
  },
): Promise<void>;
