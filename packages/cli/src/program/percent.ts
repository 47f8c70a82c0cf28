/** 0.8007 as `80.07%`; a dash where there is no share. */
export function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(share * 100).toFixed(2)}%`;
}
