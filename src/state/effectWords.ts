/** What another template or span rule would change, in words. Pure. */
import type { MaskEffect } from '../protocol/dataApi';
import { count, plural } from './format';

export interface EffectWord {
  text: string;
  tone: 'plain' | 'warning' | 'error';
}

/** A difference per row: whole where it is the same in every row on average, else with one decimal; the sign always. */
function perRow(difference: number, rows: number): string {
  const each = difference / rows;
  const size = Math.abs(each);
  const digits = Number.isInteger(size) ? count(size) : size < 0.1 ? size.toPrecision(1) : size.toFixed(1);
  return `${each < 0 ? '−' : '+'}${digits}`;
}

const tokens = (difference: number, rows: number): string => (Math.abs(difference) === rows ? 'token' : 'tokens');

/** The effect over the sampled rows: rows gained, tokens trained and in all per row, stop tokens gained or lost, rows that fail with the first reason. */
export function effectWords(effect: MaskEffect): EffectWord[] {
  const { rows, changedRows, failedRows, failure, gainedRows } = effect;
  if (rows === 0 && gainedRows === 0) return [{ text: 'No usable row to try it on', tone: 'plain' }];
  const words: EffectWord[] = [];
  const say = (text: string, tone: EffectWord['tone'] = 'plain'): void => void words.push({ text, tone });
  if (gainedRows > 0) say(`${plural(gainedRows, 'row')} that can’t be trained on now can be with it`);
  const labelled = rows - failedRows;
  const trained = effect.trainedAfter - effect.trainedBefore;
  const whole = effect.tokensAfter - effect.tokensBefore;
  const stop = effect.stopTrainedAfter - effect.stopTrainedBefore;
  if (labelled > 0) {
    if (trained !== 0) say(`${perRow(trained, labelled)} ${tokens(trained, labelled)} trained per row`);
    if (whole !== 0) say(`${perRow(whole, labelled)} ${tokens(whole, labelled)} per row`);
    if (effect.trainedAfter === 0) say('nothing left to train', 'error');
    if (stop < 0) say(`stop token no longer trained in ${count(-stop)} of ${plural(labelled, 'row')}`, 'warning');
    if (stop > 0) say(`stop token now trained in ${count(stop)} more of ${plural(labelled, 'row')}`);
    if (changedRows === 0 && failedRows === 0) say(`the same tokens, trained the same, in ${plural(rows, 'row')}`);
    else if (trained === 0 && whole === 0 && stop === 0 && changedRows > failedRows)
      say(`other tokens in ${count(changedRows - failedRows)} of ${plural(labelled, 'row')}, as many of them trained`);
  }
  if (failedRows > 0)
    say(
      `${plural(failedRows, 'row')} ${failedRows === 1 ? 'fails' : 'fail'}${failure ? `: ${failure.message}` : ''}`,
      'error',
    );
  return words;
}

/** Where in a template an error stands: line and column from 1, where it is known. */
export function errorPlace(data: Record<string, unknown> | undefined): { line: number; column: number } | null {
  const line = data?.['line'];
  const column = data?.['column'];
  if (typeof line !== 'number' || !Number.isInteger(line) || line < 1) return null;
  return { line, column: typeof column === 'number' && column >= 1 ? Math.trunc(column) : 1 };
}
