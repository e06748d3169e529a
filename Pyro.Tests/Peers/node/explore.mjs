// Clicks through the Explore page in Chromium: node explore.mjs BASE SCREENSHOT, with commands on standard input:
// "empty" looks at the page before any data, "shown" waits for the flame graph and uses it, "partial" waits for the notice that an answer lacks something. Prints one JSON line a command.
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const [base, screenshot] = process.argv.slice(2);
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
const context = await browser.newContext({ viewport: { width: 1280, height: 820 }, colorScheme: 'light' });
context.setDefaultTimeout(120_000);
const page = await context.newPage();
const errors = [];
page.on('pageerror', (e) => errors.push(String(e)));
page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));

const rowHeight = 22;
const canvas = () => page.locator('.flamegraph canvas');
const crumbs = () => page.locator('.path button').allTextContents();
const param = (name) => new URL(page.url()).searchParams.get(name) ?? '';

async function click(share, depth) {
  const box = await canvas().boundingBox();
  await canvas().click({ position: { x: box.width * share, y: depth * rowHeight + rowHeight / 2 } });
}

const commands = {
  async empty() {
    await page.goto(base);
    await page.getByText('No profiles yet').waitFor();
    return { help: await page.locator('.empty pre').allTextContents() };
  },
  async nameless() {
    await page.goto(base);
    await page.getByText('several tenants').waitFor();
    const focused = await page.evaluate(() => document.activeElement?.className);
    await page.keyboard.type('acme');
    await page.keyboard.press('Enter');
    await canvas().waitFor();
    const [hints, alerts, tenant, link] = [await page.locator('.hint').count(), await page.locator('.error').count(), param('tenant'), page.url()];
    await page.getByLabel('Tenant').fill('other');
    await page.keyboard.press('Enter');
    await page.getByText('No profiles yet').waitFor();
    const fresh = await context.newPage();
    await fresh.setViewportSize({ width: 360, height: 700 });
    await fresh.goto(link);
    await fresh.locator('.flamegraph canvas').waitFor();
    const overflow = await fresh.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await fresh.close();
    return { focused, hints, alerts, tenant, other: param('tenant'), overflow };
  },
  async links() {
    const text = async (link, selector) => {
      await page.goto(base + link);
      await page.locator(selector).waitFor();
      return page.locator(selector).textContent();
    };
    const range = await text('?from=abc&until=zzz', '.range-fault');
    await canvas().waitFor();
    const end = Date.now() + 30_000;
    // The graph is short: its own box would cut the tooltip off.
    // Only some of the bars reach the last row; and the page may still be moving it.
    for (let share = 0; !(await page.locator('.tooltip').isVisible()); share = (share + 0.01) % 1) {
      if (Date.now() > end) throw new Error('no tooltip in the last row');
      const tip = await canvas().boundingBox();
      await page.mouse.move(tip.x + tip.width * share, tip.y + tip.height - rowHeight / 2 - 2);
    }
    const box = await page.locator('.tooltip').boundingBox();
    const onTop = await page.evaluate(([x, y]) => {
      const tooltip = document.querySelector('.tooltip');
      tooltip.style.pointerEvents = 'auto';
      return [0.1, 0.5, 0.9].every((share) => tooltip.contains(document.elementFromPoint(x, y[0] + (y[1] - y[0]) * share)));
    }, [box.x + box.width / 2, [box.y, box.y + box.height]]);
    const before = errors.length;
    const refused = await text('?service=checkout&type=%00', '.error');
    errors.length = before;
    const unknown = await text('?service=chekout', '.unknown');
    const nearest = await page.locator('.unknown li').first().textContent();
    await page.locator('.unknown li button').first().click();
    await canvas().waitFor();
    return { range, onTop, refused, unknown, nearest, service: param('service') };
  },
  async partial() {
    // Of the last minutes there is what is in memory alone, of the last hours also a block that cannot be read.
    await page.goto(base + '?service=service-0&from=now-15m');
    await canvas().waitFor();
    const whole = await page.locator('.partial').count();
    await page.goto(base + '?service=service-0&from=now-6h');
    await page.locator('.partial').waitFor();
    const notice = page.locator('.partial');
    return { whole, notice: await notice.textContent(), role: await notice.getAttribute('role'), total: await page.locator('.range b').textContent() };
  },
  async shown() {
    // Nothing is reloaded: the page finds the first profile by itself.
    await canvas().waitFor();
    await page.locator('.uplot canvas').waitFor();
    const answered = page.waitForResponse((response) => response.url().includes('SelectMergeStacktraces'));
    await page.getByRole('button', { name: 'Refresh' }).click();
    await (await answered).finished();
    const root = await crumbs();
    await page.waitForTimeout(200);
    await page.screenshot({ path: screenshot });

    await click(0.25, 2);
    await page.waitForURL(/focus=/);
    const zoomed = await crumbs();
    const link = page.url();
    await page.goBack();
    const back = await crumbs();

    await page.getByPlaceholder('function name').fill('Json');
    const found = await page.locator('.found').textContent();
    const rows = await page.locator('table.top tbody tr').count();

    const fresh = await context.newPage();
    await fresh.goto(link);
    await fresh.locator('.path button').nth(1).waitFor();
    const restored = await fresh.locator('.path button').allTextContents();
    await fresh.close();

    await canvas().focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    const byKeys = await crumbs();
    await page.keyboard.press('Escape');
    const escaped = await crumbs();

    const services = await page.locator('header select').first().locator('option').allTextContents();
    await page.locator('header select').first().selectOption('checkout');
    await page.waitForFunction(() => document.querySelector('.path button')?.textContent === 'total');
    const service = param('service');

    const chart = await page.locator('.uplot .u-over').boundingBox();
    await page.mouse.move(chart.x + chart.width * 0.4, chart.y + 40);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.8, chart.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/until=\d+/);
    return { root, zoomed, back, found, rows, restored, byKeys, escaped, services, service, from: param('from'), until: param('until') };
  },
};

console.log(JSON.stringify({ ready: true }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ ...(await commands[line]()), errors }));
  } catch (e) {
    console.log(JSON.stringify({ failed: String(e), errors, url: page.url() }));
    break;
  }
}
await browser.close();
