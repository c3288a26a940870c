import { readFileSync } from 'node:fs';

/** Chat templates as the models carry them (sources: template/fixtures/stock/README.md); for tests in Node. */
const folder = new URL('../template/fixtures/stock/', import.meta.url);

export const stockTemplate = (name: string): string => readFileSync(new URL(`${name}.jinja`, folder), 'utf8');
