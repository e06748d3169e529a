// Uses the dashboard in Chromium as a person would: node dashboard.mjs SCENARIO LOGIN [ARGUMENT…]. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [scenario, login, ...rest] = process.argv.slice(2);
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
const base = new URL(login).origin;
const errors = [];

async function open(colorScheme = 'light') {
  const context = await browser.newContext({ viewport: { width: 1360, height: 800 }, colorScheme, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (e) => errors.push(String(e)));
  page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
  return page;
}

async function loggedIn(colorScheme) {
  const page = await open(colorScheme);
  await page.goto(login);
  await page.getByRole('heading', { level: 1, name: 'Resources' }).waitFor();
  return page;
}

async function violations(page) {
  // Run by the debugger, axe needs no leave from the page's content security policy.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target + ' ' + (n.any[0]?.message ?? '')).slice(0, 3).join(' | ')}`);
}

const scenarios = {
  // Every page in both schemes: PATH=TEXT waits for the text.
  async pages() {
    const found = {};
    for (const scheme of ['light', 'dark']) {
      const stranger = await open(scheme);
      await stranger.goto(base + '/login');
      found[`${scheme} /login`] = await violations(stranger);
      await stranger.context().close();
      const page = await loggedIn(scheme);
      for (const argument of rest) {
        const [path, text] = argument.split('=>');
        await page.goto(base + path);
        await page.getByText(text).first().waitFor();
        found[`${scheme} ${path}`] = await violations(page);
      }
      await page.context().close();
    }
    return { found };
  },

  async resources() {
    const page = await loggedIn();
    const table = page.locator('table.resources');
    await table.getByText('flame graph').waitFor();
    const flame = await table.getByRole('link', { name: 'flame graph' }).getAttribute('href');
    const rows = await table.locator('tbody tr').count();
    await page.getByRole('button', { name: 'Replicas of ingester' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('table.resources tbody tr').length === n, rows - 2);
    await page.getByLabel('Search').fill('redis');
    await page.waitForFunction(() => document.querySelectorAll('table.resources tbody tr').length === 1);
    await page.getByLabel('Search').fill('');
    await page.waitForFunction(() => document.querySelectorAll('table.resources tbody tr').length > 1);
    await page.getByLabel('Type').selectOption('Executable');
    await page.waitForFunction(() => document.querySelectorAll('table.resources tbody tr').length === 1);
    const filtered = await table.locator('tbody tr').first().innerText();
    await page.getByLabel('Type').selectOption('');

    await table.getByRole('button', { name: 'gateway', exact: true }).click();
    const details = page.locator('aside');
    await details.waitFor();
    const masked = await page.content();
    await details.getByRole('button', { name: 'Show REDIS_PASSWORD' }).click();
    await details.getByText('s3cr3t-of-redis').waitFor();
    const shown = await page.content();
    const link = page.url();

    await table.getByRole('button', { name: 'Restart gateway' }).click();
    await page.getByText('Restart gateway: done').waitFor();
    await table.getByRole('button', { name: 'Stop gateway' }).click();
    const failure = await page.getByText('Stop gateway: failed').textContent();
    await details.getByRole('button', { name: 'Flush the head gateway' }).click();
    await page.getByText('Cut a block now?').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'ask-yes');
    const asked = await violations(page);
    await page.keyboard.press('Escape');
    await page.getByText('Cut a block now?').waitFor({ state: 'detached' });
    await details.getByRole('button', { name: 'Flush the head gateway' }).click();
    await page.waitForFunction(() => document.activeElement?.id === 'ask-yes');
    await page.keyboard.press('Enter');
    await page.getByText('Flush the head gateway: done').waitFor();
    const disabled = await details.getByRole('button', { name: 'Start gateway', exact: true }).isDisabled();
    const secret = await page.getByText('Not shown', { exact: true }).count();
    return { flame, rows, filtered, masked: masked.includes('s3cr3t'), plain: masked.includes('quite-verbose'), shown: shown.includes('s3cr3t-of-redis'), other: shown.includes('s3cr3t-of-minio'), link, failure, asked, disabled, secret };
  },

  // The source has written so many lines; one in a thousand says "needle".
  async console() {
    const page = await loggedIn();
    await page.goto(base + '/consolelogs/resource/shop');
    await page.getByText(rest[0] + ' lines').waitFor();
    const last = page.locator('.console .line').last();
    await page.waitForFunction(() => { const box = document.querySelector('.console'); return box.scrollTop + box.clientHeight >= box.scrollHeight - 4 && box.querySelectorAll('.line').length > 10; });
    await page.locator('.console .line', { hasText: 'line 100000' }).waitFor(); // the end comes into view by itself
    const end = await last.innerText();
    const before = await page.locator('.console .line').count();
    await page.getByLabel('Search').fill('needle');
    await page.getByText(`100 of ${rest[0]} lines`).waitFor();
    await page.locator('.console mark').first().waitFor();
    const rows = await page.locator('.console .line').count();
    const marks = await page.locator('.console mark').count();
    const texts = await page.locator('.console .line .text').allTextContents();
    await page.getByLabel('Search').fill('');
    await page.locator('.console .c2').first().waitFor();
    await page.getByLabel('Wrap').check();
    await page.locator('.console.wrap').waitFor();
    const wrapped = await page.locator('.console .line').count();
    await page.getByLabel('Timestamps').uncheck();
    await page.locator('.console time').first().waitFor({ state: 'detached' });
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    const saved = readFileSync(await download.path(), 'utf8').trimEnd().split('\n').length;
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText(/^0 lines/).waitFor();
    return { end, before, rows, marks, only: texts.every((text) => text.includes('needle')), wrapped, saved };
  },

  async telemetry() {
    const page = await loggedIn();
    await page.goto(base + '/structuredlogs/resource/gateway');
    await page.getByRole('button', { name: 'order 7 placed' }).waitFor();
    await page.getByLabel('Level').selectOption({ label: 'Error and above' });
    await page.getByRole('button', { name: 'order 7 placed' }).waitFor({ state: 'detached' });
    await page.getByLabel('Search').fill('order 5 ');
    await page.getByText(/^1 record$/).waitFor();
    await page.getByRole('button', { name: 'order 5 placed' }).click();
    const log = await page.locator('aside').innerText();
    await page.locator('tbody').getByRole('link', { name: '01234567' }).first().click();
    await page.getByRole('button', { name: 'reserve stock' }).click();
    const span = await page.locator('aside').innerText();
    await page.getByRole('link', { name: 'Metrics' }).click();
    await page.getByRole('link', { name: 'orders' }).click();
    await page.getByText('currency=EUR').waitFor();
    const sum = await page.locator('table').innerText();
    await page.getByRole('link', { name: 'duration' }).click();
    await page.getByRole('columnheader', { name: 'P99' }).waitFor();
    const histogram = await page.locator('table').innerText();
    return { log, span, sum, histogram, url: page.url() };
  },

  // The theme that a person chooses wins over the system's, and is kept.
  async theme() {
    const page = await loggedIn('light');
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByLabel('Theme').selectOption('dark');
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    const dark = await paper();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Resources' }).waitFor();
    const kept = await paper();
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    return { light, dark, kept, outline };
  },

  async screenshot() {
    const page = await loggedIn(rest[1] ?? 'light');
    await page.goto(base + (rest[2] ?? '/?resource=gateway'));
    await page.waitForTimeout(1500);
    await page.screenshot({ path: rest[0] });
    return {};
  },
};

try {
  const answer = await scenarios[scenario]();
  console.log(JSON.stringify({ ...answer, errors }));
} catch (e) {
  console.log(JSON.stringify({ failed: String(e), errors }));
  process.exitCode = 1;
} finally {
  await browser.close();
}
