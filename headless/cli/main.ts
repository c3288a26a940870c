import { TunesmithError, toErrorRecord } from '../../src/lib/errors';
import { benchVerb } from './verbs/bench';
import { exportVerb } from './verbs/export';
import { generateVerb } from './verbs/generate';
import { inspectVerb } from './verbs/inspect';
import { renderVerb } from './verbs/render';
import { scoreVerb } from './verbs/score';
import { trainVerb } from './verbs/train';
import { parseCommand, usage, type Command } from './options';
import { RunFailure } from './runFailure';
import { say } from './studio';

/** 0 done; 1 the run failed; 2 the input or the options are wrong, and nothing was written. */
type ExitStatus = 0 | 1 | 2;

/**
 * Areas of error codes that say: what was given is wrong, as long as nothing was written (see {@link RunFailure}).
 * Everything else is a run that failed.
 */
const inputAreas = new Set(
  'options input data recipe template model adapter tokenizer formats checkpoint train generate score'.split(' '),
);

async function perform(command: Command): Promise<void> {
  switch (command.verb) {
    case 'inspect':
      return inspectVerb(command.options);
    case 'render':
      return renderVerb(command.options);
    case 'train':
      return trainVerb(command.options);
    case 'score':
      return scoreVerb(command.options);
    case 'generate':
      return generateVerb(command.options);
    case 'export':
      return exportVerb(command.options);
    case 'bench':
      return benchVerb(command.options);
  }
}

async function main(words: readonly string[]): Promise<ExitStatus> {
  try {
    const command = parseCommand(words);
    if ('help' in command) say(usage(command.help));
    else await perform(command);
    return 0;
  } catch (error) {
    const { code, message } = toErrorRecord(error instanceof RunFailure ? error.cause : error);
    // One line, whatever the message holds.
    say(`error: ${code}: ${message.replace(/\s*\n\s*/g, ' ')}`);
    if (process.env.TUNESMITH_DEBUG && error instanceof Error) say(error.stack ?? '');
    const isInput = error instanceof TunesmithError && inputAreas.has(code.split('/', 1)[0] ?? '');
    return isInput ? 2 : 1;
  }
}

// Who read standard output went away (`| head`): nothing more can be said there, and nothing is thrown about it.
process.stdout.on('error', (error: Error) => {
  say(`error: output/closed: standard output: must stay open to the end, got ${error.message}; read all of it`);
  process.exit(1);
});
const status = await main(process.argv.slice(2));
// Standard output may be a slow pipe: what was written must arrive before the process ends.
process.stdout.write('', () => process.exit(status));
