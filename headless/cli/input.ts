import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TunesmithError } from '../../src/lib/errors';
import type { Message } from '../../src/protocol/conversation';

/** The two files of a PEFT folder that hold the adapter. */
export const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'];

/** Checks that a file of the user's is there. @throws `input/no-such-file`. */
export function needFile(option: string, path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new TunesmithError('input/no-such-file', `--${option}: must name a file, got ${path}; check the path`);
  return path;
}

/** Checks that a folder is there and holds a file that makes it what it should be. @throws `input/no-such-folder`. */
export function needFolder(option: string, path: string, witness: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new TunesmithError('input/no-such-folder', `--${option}: must name a folder, got ${path}; check the path`);
  if (!statSync(join(path, witness), { throwIfNoEntry: false })?.isFile())
    throw new TunesmithError(
      'input/no-such-file',
      `--${option}: must be a folder with ${witness}, got ${path}; check the path`,
    );
  return path;
}

/** `--model`: `builtin`, or a folder as Hugging Face ships it. */
export const needModel = (model: string): string =>
  model === 'builtin' ? model : needFolder('model', model, 'config.json');

/** `--adapter`: a PEFT folder, with the two files that hold the adapter. */
export const needAdapter = (adapter: string): string => {
  for (const name of adapterFiles) needFolder('adapter', adapter, name);
  return adapter;
};

/** A JSON list of messages, or an object that holds one under `messages`. @throws `input/messages`. */
export function readMessages(path: string): Message[] {
  const bad = (message: string, where?: string): TunesmithError =>
    new TunesmithError('input/messages', `${path}: ${message}`, where === undefined ? {} : { path: where });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(needFile('messages', path), 'utf8'));
  } catch (error) {
    if (error instanceof TunesmithError) throw error;
    throw bad(`must be JSON, got text that is not (${error instanceof Error ? error.message : String(error)})`);
  }
  const list = typeof value === 'object' && value !== null && 'messages' in value ? value.messages : value;
  if (!Array.isArray(list) || list.length === 0)
    throw bad('must be a list of messages with at least one; write [{"role":"user","content":"…"}]');
  list.forEach((message: unknown, at) => {
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      throw bad(`messages[${at}]: must be an object`, `messages[${at}]`);
    if (!('role' in message) || typeof message.role !== 'string')
      throw bad(`messages[${at}].role: must be text`, `messages[${at}].role`);
    if (
      !('content' in message) ||
      (typeof message.content !== 'string' && !Array.isArray(message.content) && message.content !== null)
    )
      throw bad(`messages[${at}].content: must be text`, `messages[${at}].content`);
  });
  return list as Message[];
}
