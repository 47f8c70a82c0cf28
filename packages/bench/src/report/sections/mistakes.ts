import type { Mistake } from '@mnet/train';
import { html, type Markup } from '../../page/html.ts';
import { folded } from '../../page/page.ts';
import { picture } from '../../page/picture.ts';
import type { Group } from '../groups.ts';

/** The most confident mistakes of each group's first run that noted them. */
export function mistakePictures(groups: readonly Group[]): Markup {
  const found = groups.flatMap((group) => {
    const run = group.runs.find(({ details }) => (details?.mistakes.length ?? 0) > 0);
    if (run?.details === undefined) return [];
    const name = groups.length > 1 || group.runs.length > 1 ? run.name : undefined;
    return [{ name, list: pictures(run.details.mistakes, run.dataset.classes) }];
  });
  const [first, ...others] = found;
  if (first === undefined) return html``;
  return html`${first.name === undefined ? '' : html`<h3>${first.name}</h3>`}${first.list}${others.map(({ name, list }) => folded(`Mistakes of ${name ?? ''}`, list))}`;
}

function pictures(mistakes: readonly Mistake[], classes: readonly string[]): Markup {
  const items = mistakes.map((mistake) => {
    const [label, guess] = [classes[mistake.label] ?? '?', classes[mistake.guess] ?? '?'];
    const confidence = `${(mistake.confidence * 100).toFixed(1)}%`;
    return html`<li>${picture(mistake.picture, `test image ${mistake.index}: ${label}`)}<span>${label}</span><span class="bad">${guess} ${confidence}</span></li>
`;
  });
  return html`<ul class="pictures">${items}</ul>`;
}
