// Makes docs/pictures anew: trains three small networks from three seeds each on drawn pictures, in some minutes, and takes
// pictures of their report and of `mnet watch` in Chromium: `node tools/pictures.mjs [FOLDER of the runs]`.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { startChromium } from './browser/chromium.mjs';
import { bin, run } from './packages/run.mjs';
import { root } from './workspaces.mjs';

const networks = [
  ['resnet18', '0.25'],
  ['resnet18', '0.125'],
  ['mobilenet_v1', '0.5'],
];
const settings =
  '--dataset shapes10 --strides paper --epochs 10 --batch-size 64 --optimizer sgd --lr 0.1 --weight-decay 5e-4 --resume';
const folder = process.argv[2]
  ? resolve(process.argv[2])
  : mkdtempSync(join(tmpdir(), 'mnet-pictures-'));
mkdirSync(folder, { recursive: true });

const names = [];
for (const [model, width] of networks) {
  for (const seed of ['1', '2', '3']) {
    const name = `${model}-x${width}-seed-${seed}`;
    const flags = ['--model', model, '--width', width, '--seed', seed, '--name', name];
    await run(bin('mnet'), ['train', ...settings.split(' '), ...flags], folder);
    names.push(join('runs', name));
    console.log(name);
  }
}
const title = 'Three networks on drawn pictures';
await run(bin('mnet'), ['report', ...names, '--output', 'report.html', '--title', title], folder);

const browser = await startChromium();
const viewport = { width: 1200, height: 1600 };
const page = await browser.newPage({ viewport, colorScheme: 'light' });

/** The upper part of a page, in few colours: such pages have no more. */
async function save(name, { top = 0, height }) {
  const png = await page.screenshot({ clip: { x: 0, y: top, width: viewport.width, height } });
  const file = join(root, 'docs', 'pictures', name);
  await sharp(png).png({ palette: true, colours: 128, effort: 10 }).toFile(file);
}

await page.goto(`file://${join(folder, 'report.html')}`);
await save('report.png', { height: 940 });

const watch = spawn(bin('mnet'), ['watch', 'runs', '--port', '0'], { cwd: folder });
const address = await new Promise((found, failed) => {
  let said = '';
  watch.on('exit', () => failed(new Error(`mnet watch: ${said}`)));
  watch.stdout.on('data', (text) => {
    said += text;
    const [url] = /http:\S+/.exec(said) ?? [];
    if (url) found(url);
  });
});
await page.goto(address);
await page.getByText('group over seeds').click();
await page.getByLabel('along').selectOption('epochs');
await page.getByText('Validation accuracy').waitFor();
await page.waitForLoadState('networkidle');
// Without the line at the top, which has the path of the folder.
await save('watch.png', { top: 52, height: 800 });
watch.removeAllListeners('exit');
watch.kill('SIGINT');
await browser.close();
