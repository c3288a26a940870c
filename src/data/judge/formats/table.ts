import type { RowFormat } from '../../../protocol/rows';
import { alpaca } from './alpaca';
import { dolly } from './dolly';
import type { Format } from './format';
import { messages } from './messages';
import { openorca } from './openorca';
import { preference } from './preference';
import { promptCompletion } from './promptCompletion';
import { questionAnswer } from './questionAnswer';
import { sharegpt } from './sharegpt';
import { text } from './text';

/** Every format. Where two fit a file equally well the earlier one is taken. */
export const formats: readonly Format[] = [
  preference,
  messages,
  sharegpt,
  alpaca,
  dolly,
  openorca,
  promptCompletion,
  questionAnswer,
  text,
];

const byName = new Map<RowFormat, Format>(formats.map((format) => [format.name, format]));

export const formatOf = (name: RowFormat): Format => byName.get(name) ?? messages;

/** Roles of a format, for the mapping in the table header. */
export const rolesOf = (name: RowFormat): { name: string; required: boolean; description: string }[] =>
  formatOf(name).roles.map(({ name: role, required, description }) => ({ name: role, required, description }));
