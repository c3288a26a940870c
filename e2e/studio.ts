import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test as base, type Locator, type Page } from '@playwright/test';

import { rendererMemory } from '../headless/rendererMemory';

export type Backend = 'auto' | 'webgpu' | 'wasm';

export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

/** Address of the built page under test; globalSetup serves it. */
export function studioUrl(): string {
  const url = process.env.TUNESMITH_E2E_URL;
  if (!url) throw new Error('TUNESMITH_E2E_URL: globalSetup did not run');
  return url;
}

/** The page as a person uses it: by what it says, not by how it is built. */
export class Studio {
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.complaints.push(`${line.type()}: ${line.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`thrown: ${error.stack ?? error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`HTTP ${response.status()}: ${response.url()}`);
    });
  }

  async open(backend: Backend = 'auto', url = studioUrl()): Promise<void> {
    await this.page.goto(backend === 'auto' ? url : `${url}?backend=${backend}`);
  }

  /** Waits until a run could start; how many steps it would take. */
  async ready(timeout = 60_000): Promise<number> {
    const sentence = this.page.getByText(/^Ready: \d+ steps? over/);
    await expect(sentence).toBeVisible({ timeout });
    return Number(/\d+/.exec(await sentence.innerText())?.[0]);
  }

  get data(): Locator {
    return this.page.locator('#pane-data');
  }
  get train(): Locator {
    return this.page.locator('#pane-train');
  }
  get chat(): Locator {
    return this.page.locator('#pane-chat');
  }
  get fineTune(): Locator {
    return this.train.getByRole('button', { name: /^Fine-tune/ });
  }

  /** Drops a file on the page, as from a file manager. */
  async drop(path: string): Promise<void> {
    const file = { text: readFileSync(path, 'utf8'), name: basename(path) };
    const transfer = await this.page.evaluateHandle(({ text, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      return transfer;
    }, file);
    for (const type of ['dragenter', 'dragover', 'drop'])
      await this.page.dispatchEvent('body', type, { dataTransfer: transfer });
  }

  /** Chooses a file by the button, as from a dialog: of any size, read from disk. */
  async choose(...paths: string[]): Promise<void> {
    await this.data.getByLabel('Choose a file', { exact: true }).setInputFiles(paths);
  }

  /** Memory of the page's process from now on; null where the system does not tell. */
  async memory(): Promise<{ idleBytes: number; peak: () => number } | null> {
    const browser = this.page.context().browser();
    const memory = browser && (await rendererMemory(browser, this.page));
    if (!memory) return null;
    const idleBytes = await memory.idle();
    memory.restart();
    return { idleBytes, peak: () => memory.peak() };
  }

  /** A figure of the summary, by its name. */
  figure(name: string): Locator {
    return this.data
      .getByRole('region', { name: 'Summary' })
      .locator('dl.figures div', { hasText: name })
      .locator('dd');
  }

  /** Tokens of a row (from 1), in order. */
  async tokens(row: number): Promise<{ text: string; trained: boolean }[]> {
    const list = this.data.getByRole('listbox', { name: `Tokens of row ${row}` });
    await expect(list).toBeVisible();
    return list
      .getByRole('option')
      .evaluateAll((cells) =>
        cells.map((cell) => ({ text: cell.textContent ?? '', trained: cell.getAttribute('aria-selected') === 'true' })),
      );
  }

  /** Sets a knob of the simple recipe. */
  async setKnob(label: string, value: string): Promise<void> {
    await this.train.getByLabel(label, { exact: true }).fill(value);
  }

  /** Waits for the end of a run; the words it ends with. */
  async runEnd(timeout: number): Promise<string> {
    const outcome = this.train
      .getByRole('region', { name: 'Run' })
      .getByText(/^\s*(Done|Stopped|Stopped early, .*) after \d+ steps?/);
    const failure = this.train.getByRole('region', { name: 'Run' }).getByRole('alert');
    await expect(outcome.or(failure)).toBeVisible({ timeout });
    return (await outcome.or(failure).innerText()).trim();
  }

  /** Losses of the run so far, from the table behind the curve. */
  async losses(): Promise<number[]> {
    const table = this.train.getByRole('region', { name: 'Loss by step' });
    if (!(await table.isVisible())) await this.train.getByText('As a table').click();
    const cells = await table.locator('tbody tr td:nth-child(2)').allInnerTexts();
    // A row without a loss is an evaluation's, before the first step or at one that was not logged.
    return cells.filter((cell) => cell !== '').map(Number);
  }

  /** Asks a question and waits for the answers; `tuned` is null while there is no adapter. */
  async ask(question: string, timeout = 120_000): Promise<{ base: string; tuned: string | null }> {
    const exchanges = this.chat.getByRole('article', { name: `Question: ${question}` });
    const before = await exchanges.count();
    await this.chat.getByLabel('Message').fill(question);
    await this.chat.getByRole('button', { name: 'Send' }).click();
    const exchange = exchanges.nth(before);
    const read = async (name: string): Promise<string | null> => {
      const reply = exchange.getByRole('region', { name });
      await expect(reply).toHaveAttribute('aria-busy', 'false', { timeout });
      const said = reply.locator('.said');
      return (await said.count()) === 0 ? null : said.innerText();
    };
    const tuned = await read('Tuned answer');
    const said = await read('Base answer');
    return { base: said ?? '', tuned };
  }
}

/** A test with a studio whose console must stay silent. */
export const test = base.extend<{ studio: Studio }>({
  studio: async ({ page }, use) => {
    const studio = new Studio(page);
    await use(studio);
    expect(studio.complaints, 'errors and warnings of the console').toEqual([]);
  },
});

export { expect };
