import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../../../../tools/browser/chromium.mjs';
import { listen } from '../../src/watch/listen.ts';
import { watchServer } from '../../src/watch/server.ts';
import { WatchedRuns } from '../../src/watch/watched-runs.ts';
import { epochOf, madeRun } from './made-run.ts';

type Browser = Awaited<ReturnType<typeof startChromium>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

describe.skipIf(!chromiumPath())('in Chromium: the page of mnet watch', () => {
  let root: string;
  let live: Run;
  let runs: WatchedRuns;
  let server: Server;
  let address: string;
  let browser: Browser;
  let page: Page;
  /** What went wrong in the page, and what it asked of others. */
  const wrong: string[] = [];

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'mnet-watch-page-'));
    for (const seed of [1, 2]) {
      const run = await madeRun(root, `width/seed-${seed}`, { seed, date: `2026-01-0${seed}` });
      for (const epoch of [1, 2, 3])
        run.log({ event: 'epoch', ...epochOf(epoch, { trainLoss: seed / epoch }) });
      run.log({ event: 'end', status: 'finished' });
      run.close();
      writeFileSync(
        join(run.dir, 'report.html'),
        '<!doctype html><title>report</title><script>document.title = "ran"</script>',
      );
    }
    live = await madeRun(root, 'live', { width: 1, date: '2026-01-03' });
    runs = new WatchedRuns(root);
    await runs.update();
    server = watchServer(runs);
    address = await listen(server, 0);
    browser = await startChromium();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(0);
    page.on('pageerror', ({ message }) => wrong.push(message));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const { url } = message.location();
      // One test removes this run, maybe while its curves are asked for.
      if (!url.startsWith(`${address}curves?run=short&`)) wrong.push(`${message.text()} ${url}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) wrong.push(request.url());
    });
    await page.goto(address);
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    live.close();
    rmSync(root, { recursive: true });
  });

  const names = () => page.locator('tbody th.name').allInnerTexts();
  /** Waits until the table has these rows, in this order. */
  const rowsAre = (...expected: string[]) =>
    page.waitForFunction((texts) => {
      const cells = [...document.querySelectorAll('tbody th.name')];
      return cells.map((each) => each.textContent).join('\n') === texts;
    }, expected.join('\n'));
  const cell = (run: string, column: string) =>
    page.locator('tbody tr', { hasText: run }).locator('td', { hasText: column });

  it('shows runs with their curves, the newest first', async () => {
    await page.waitForSelector('canvas');
    expect(await names()).toEqual(['live', 'width/seed-2', 'width/seed-1']);
    const titles = await page.locator('figcaption').allInnerTexts();
    expect(titles.slice(0, 4)).toEqual([
      'Training loss',
      'Validation loss',
      'Training accuracy',
      'Validation accuracy',
    ]);
  });

  it('follows a run that is under way, one that gets damaged, and one that goes', async () => {
    live.log({ event: 'step', step: 40, epoch: 1, learningRate: 0.1, loss: 2.5, accuracy: 0.2 });
    await runs.update();
    await cell('live', '2.5').waitFor();
    live.log({ event: 'epoch', ...epochOf(1, { trainLoss: 1.75 }) });
    await runs.update();
    await cell('live', '1 / 10').waitFor();
    const label = page.locator('.plot').first();
    await page.waitForFunction(() =>
      document.querySelector('.plot')?.getAttribute('aria-label')?.includes('live 2.5'),
    );
    expect(await label.getAttribute('aria-label')).toContain('width/seed-2 0.6667');
    const short = await madeRun(root, 'short', { date: '2026-01-04' });
    short.close();
    await runs.update();
    await cell('short', 'killed').waitFor();
    appendFileSync(short.paths.log, 'garbage\n');
    await runs.update();
    await cell('short', 'damaged').waitFor();
    rmSync(short.dir, { recursive: true });
    await runs.update();
    await page.locator('tbody tr', { hasText: 'short' }).waitFor({ state: 'detached' });
    expect(await names()).toHaveLength(3);
  });

  it('sorts, filters and groups, and keeps that in its address', async () => {
    await page.getByRole('button', { name: 'Train loss' }).click();
    await rowsAre('live', 'width/seed-2', 'width/seed-1');
    await page.getByRole('button', { name: 'Train loss' }).click();
    await rowsAre('width/seed-1', 'width/seed-2', 'live');
    expect(await page.locator('th[aria-sort]').innerText()).toContain('Train loss');
    await page.getByRole('searchbox').fill('seed');
    await rowsAre('width/seed-1', 'width/seed-2');
    await page.getByLabel('group over seeds').check();
    await rowsAre('width × 2');
    // The address follows what is drawn.
    await page.waitForURL(/#filter=seed&sort=trainLoss&grouped=true/);
    const withState = page.url();
    const copy = await page.context().newPage();
    await copy.goto(withState);
    await copy.waitForSelector('tbody tr');
    expect(await copy.locator('tbody th.name').allInnerTexts()).toEqual(['width × 2']);
    await copy.close();
  });

  it('tells the values where the reader points, by mouse and by keys', async () => {
    const plot = page.locator('.plot').first();
    await plot.locator('.u-over').hover({ position: { x: 4, y: 40 } });
    await page.waitForSelector('.told');
    expect(await page.locator('.told').innerText()).toMatch(
      /step 100[^]*width × 2[^]*1\.5 ± 0\.71/,
    );
    await page.mouse.move(5, 5);
    await page.waitForSelector('.told', { state: 'detached' });
    await plot.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.told');
    expect(await page.locator('.told').innerText()).toContain('step 200');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.told', { state: 'detached' });
  });

  it('opens the details of a run, and its report where no script runs', async () => {
    await page.getByLabel('group over seeds').uncheck();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'width/seed-1' }).click();
    const panel = page.getByRole('complementary', { name: 'Run width/seed-1' });
    await panel.getByText('options.seed').first().waitFor();
    const differs = panel
      .locator('h3', { hasText: 'Differs' })
      .locator('xpath=following-sibling::dl[1]');
    expect(await differs.innerText()).toMatch(/options\.seed\s+1\s+others: 2/);
    expect(await differs.innerText()).toMatch(/options\.width\s+0\.5\s+others: 1/);
    const [report] = await Promise.all([
      page.context().waitForEvent('page'),
      panel.getByRole('link', { name: 'Report' }).click(),
    ]);
    await report.waitForLoadState();
    expect(await report.title()).toBe('report');
    await report.close();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('width/seed-1');
  });

  it('fits in 400 pixels, light and dark', async () => {
    for (const theme of ['light', 'dark']) {
      await page.setViewportSize({ width: 400, height: 800 });
      await page.getByLabel('Colours').selectOption(theme);
      await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
      // Charts follow the size of the window.
      await page.waitForFunction(() => document.documentElement.scrollWidth === 400);
      const colours = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(colours).toBe(theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 22, 26)');
    }
  });

  it('asked nothing of others, and met no error', () => {
    expect(wrong).toEqual([]);
  });

  it('says when the server has ended', async () => {
    server.closeAllConnections();
    server.close();
    await page.getByText('not connected').waitFor();
    expect(await names()).toHaveLength(3);
  });
});
