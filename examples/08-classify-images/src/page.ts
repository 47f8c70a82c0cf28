import { html, type PageOptions, section, table } from '@mnet/bench';
import { type ModelGuesses, percent, type Results, share } from './guesses.ts';

type Markup = ReturnType<typeof html>;

/**
 * The pictures with the guesses of each model.
 *
 * @param thumbnails addresses of small copies, in the order of the pictures
 */
export function guessPage(
  { folder, models, leftOut }: Results,
  thumbnails: readonly (string | undefined)[],
): PageOptions {
  const files = models[0]?.pictures.map(({ file }) => file) ?? [];
  return {
    title: 'What these pictures show',
    subtitle: `${files.length} pictures of ${folder}, ${models.length} models`,
    main: [
      section(
        'Models',
        table(
          'Models',
          ['Model', 'Classes', 'Right, where the file’s name tells'],
          models.map((each) => [each.model, String(each.classes), share(each)]),
        ),
        leftOut.map(({ model, why }) => html`<p class="quiet">left out: ${model}: ${why}</p>`),
      ),
      section(
        'Pictures',
        html`<div style="display: flex; flex-wrap: wrap; gap: 1.5rem">${files.map((file, i) =>
          card(file, thumbnails[i], models, i),
        )}</div>`,
      ),
    ],
  };
}

function card(
  file: string,
  address: string | undefined,
  models: readonly ModelGuesses[],
  index: number,
): Markup {
  const shown =
    address === undefined
      ? html`<p>cannot be read</p>`
      : html`<img src="${address}" alt="${file}">`;
  return html`<figure style="width: 11.25rem">${shown}<figcaption>${file}</figcaption>${models.map(
    (each) => guessesOf(each, index, models.length > 1),
  )}</figure>
`;
}

function guessesOf({ model, pictures }: ModelGuesses, index: number, named: boolean): Markup {
  const { guesses = [], truth } = pictures[index] ?? {};
  return html`<p>${named ? html`<span class="quiet">${model}</span><br>` : ''}${guesses.map(
    ({ label, confidence }, i) =>
      html`${i === 0 ? '' : html`<br>`}${i === 0 ? mark(label, truth) : ''}${label} ${percent(confidence)}`,
  )}</p>`;
}

/** Right or wrong in a sign too, not in a colour alone. */
function mark(label: string, truth: string | undefined): string {
  if (truth === undefined) return '';
  return label === truth ? '✓ ' : '✗ ';
}
