import type { Recipe } from '../../../src/recipe/schema';
import { wantedDtype } from '../../../src/recipe/wantedDtype';
import { TunesmithError } from '../../../src/lib/errors';
import { contractEvent, type RunEvent } from '../../../src/protocol/run';
import type { TrainEventBody, TrainResult } from '../../../src/protocol/training';
import { needTrainable, openDataset, openHeldOut } from '../dataset';
import { onInterrupt } from '../interrupt';
import { needAdapter, needFile, needModel } from '../input';
import { receiveModelFolder } from '../modelFolder';
import { OutputFolder, type StoredCheckpoint } from '../outputFolder';
import { needHarmlessOutput, needOutput, notWritten } from '../outputPlace';
import type { OptionsOf } from '../options';
import { readRecipe } from '../recipe';
import { RunFailure } from '../runFailure';
import { say, type Studio } from '../studio';
import { mountAdapter, receiveAdapter, withModel } from '../withModel';

const runId = 'cli';

/** `train`: fine-tunes, prints one event a line, and leaves adapter or model, recipe, metrics and checkpoints in `--out`. */
export async function trainVerb(options: OptionsOf<'train'>): Promise<void> {
  const model = needModel(options.model);
  const path = needFile('data', options.data);
  const adapter = options.adapter === undefined ? null : needAdapter(options.adapter);
  const recipe = withValidation(readRecipe(needFile('recipe', options.recipe)), options.validation);
  const validation = validationFile(recipe);
  const out = new OutputFolder(needOutput(options.out));
  const given = { model: model === 'builtin' ? null : model, data: path, validation, adapter };
  needHarmlessOutput(out.path, given, options.resume === true);
  await withModel({ model, backend: options.backend, dtype: wantedDtype(recipe) }, async ({ studio }) => {
    const summary = await openDataset(studio, path, recipe);
    needTrainable(path, summary, recipe);
    if (validation !== null) await openHeldOut(studio, 'validation', validation, recipe);
    const run = new Run(studio, out, recipe, {
      adapter,
      dataHash: summary.dataHash,
      separateValidation: validation !== null,
    });
    try {
      await (options.resume ? run.resume() : run.start());
    } catch (error) {
      throw run.hasWritten ? new RunFailure(error) : error;
    }
  });
}

/** `--validation` replaces the recipe's split: no row of the data is held out for it. */
const withValidation = (recipe: Recipe, file: string | undefined): Recipe =>
  file === undefined ? recipe : { ...recipe, dataset: { ...recipe.dataset, validation: file } };

/** The separate validation file, where one is named. */
function validationFile({ dataset: { validation } }: Recipe): string | null {
  return typeof validation === 'string' ? needFile('validation', validation) : null;
}

interface RunInput {
  adapter: string | null;
  dataHash: string;
  separateValidation: boolean;
}

/** One run of the trainer in the page: its events become lines and files in the order in which they happened. */
class Run {
  hasWritten = false;
  /** Events are handled one after another: a checkpoint is on disk before its line is printed. */
  private queue: Promise<void> = Promise.resolve();
  private end: TrainEventBody | null = null;
  /** The user has interrupted it. */
  private stopping = false;

  constructor(
    private readonly studio: Studio,
    private readonly out: OutputFolder,
    private readonly recipe: Recipe,
    private readonly input: RunInput,
  ) {}

  async start(): Promise<void> {
    if (this.out.holdsRun()) say(`${this.out.path}: holds an earlier run; replacing it (--resume would continue it)`);
    await this.train(null);
  }

  /** Continues from the newest checkpoint that the engine accepts. */
  async resume(): Promise<void> {
    const checkpoint = await this.out.newestCheckpoint(say);
    if (!checkpoint)
      throw new TunesmithError(
        'input/no-checkpoint',
        `--resume: ${this.out.path} holds no valid checkpoint; start without --resume`,
      );
    say(`resuming from step ${checkpoint.step}`);
    await this.train(checkpoint);
  }

  private async train(from: StoredCheckpoint | null): Promise<void> {
    // Answers whether everything so far is on disk; awaited again below.
    this.studio.on('events', (payload) => {
      this.queue = this.queue.then(async () => {
        for (const event of payload as RunEvent[]) await this.handle(event, from);
      });
      return this.queue.then(
        () => true,
        () => false,
      );
    });
    const stopListening = onInterrupt(
      () => {
        say('Stopping after this step; interrupt again to abort.');
        this.stopping = true;
        this.stop();
      },
      () => process.exit(130),
    );
    try {
      const result = await this.runInPage(from);
      await this.queue;
      await this.finish(result);
    } catch (error) {
      await this.queue.catch(() => {}); // What happened before the failure belongs on disk, too.
      throw this.hasWritten ? notWritten(this.out.path, error) : error;
    } finally {
      stopListening();
    }
  }

  private stop(): void {
    // It has ended by itself, or not begun yet: its start event says it again.
    void this.studio.run(({ compute }, id) => compute.control(id, 'stop'), runId).catch(() => {});
  }

  private runInPage(from: StoredCheckpoint | null): Promise<TrainResult> {
    const { recipe, input, studio } = this;
    const argument = {
      runId,
      recipe,
      dataHash: input.dataHash,
      separateValidation: input.separateValidation,
      adapter: input.adapter === null ? null : mountAdapter(studio, input.adapter),
      checkpoint: from && studio.mountBytes(from.bytes),
      uploadUrl: studio.uploadUrl,
    };
    return studio.run(async ({ compute, data, proxy }, given, { tunesmithEmit }) => {
      const bytesOf = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
      const { dataset, training } = given.recipe;
      const hasValidation = given.separateValidation || (training.eval_strategy !== 'no' && dataset.validation !== 0);
      const validation = hasValidation ? await data.examples('validation') : null;
      const request = {
        runId: given.runId,
        recipe: given.recipe,
        train: await data.examples('train'),
        validation: validation && validation.rows.length > 0 ? validation : null,
        samples: training.sample_steps === null ? [] : await data.samplePrompts(training.sample_size),
        dataHash: given.dataHash,
        adapter:
          given.adapter &&
          (await Promise.all(given.adapter.map(async ({ url, name }) => ({ name, bytes: await bytesOf(url) })))),
        checkpoint: given.checkpoint === null ? null : await bytesOf(given.checkpoint),
      };
      const order = (what: 'pause' | 'resume' | 'discard') => compute.control(given.runId, what).catch(() => {});
      const upload = async (name: string, bytes: Uint8Array) => {
        const sent = await fetch(`${given.uploadUrl}${name}`, { method: 'POST', body: new Blob([bytes as BlobPart]) });
        if (!sent.ok) throw new Error(`upload of ${name}: status ${sent.status}`);
      };
      // Bytes of a checkpoint travel before the event that announces it.
      const send = async (events: { event: string; seq: number }[]) => {
        for (const { event, seq } of events) {
          if (event !== 'checkpoint') continue;
          const bytes = await compute.checkpoint();
          if (bytes) await upload(`checkpoint-${seq}`, bytes);
        }
        // Nothing can be kept any more: computing on would be for nothing.
        if (!(await tunesmithEmit('events', events))) await order('discard');
      };
      let sending = Promise.resolve();
      let onTheWay = 0;
      const take = (events: { event: string; seq: number }[]) => {
        const checkpoints = events.filter(({ event }) => event === 'checkpoint').length;
        onTheWay += checkpoints;
        // A run that is faster than the disk waits for it: else it would drop checkpoints, and a killed process lose steps.
        if (checkpoints > 0 && onTheWay > 1) void order('pause');
        sending = sending
          .then(() => send(events))
          .catch(async (error: unknown) => {
            await order('discard');
            throw error;
          })
          .finally(() => {
            onTheWay -= checkpoints;
            if (checkpoints > 0 && onTheWay === 0) void order('resume');
          });
        sending.catch(() => {}); // Awaited below.
      };
      const result = await compute.train(request, proxy(take));
      await sending;
      return result;
    }, argument);
  }

  private async handle({ runId: _run, seq, ...event }: RunEvent, from: StoredCheckpoint | null): Promise<void> {
    if (event.event === 'rewind') this.out.continueAfter(event.step);
    const body = contractEvent(event);
    if (!body) return;
    if (body.event === 'start') {
      if (this.stopping) this.stop();
      this.hasWritten = true;
      if (from) this.out.continueAfter(from.step);
      else this.out.startFresh();
      this.out.writeRecipe(this.recipe);
      // A resumed run reads as one run: its metrics begin once.
      this.print(body, from === null);
    } else if (body.event === 'checkpoint') {
      const bytes = this.studio.takeUpload(`checkpoint-${seq}`);
      const path = await this.out.writeCheckpoint(body.step, bytes, this.recipe.training.save_total_limit);
      if (path === null) say(`checkpoint of step ${body.step}: passed over, the run was ahead of the disk`);
      else this.print({ event: 'checkpoint', step: body.step, path });
    } else if (body.event === 'end') {
      this.end = body;
    } else {
      if (body.event === 'warning') say(`warning: ${body.code}: ${body.message}`);
      this.print(body);
    }
  }

  /** Everything is on disk before the `end` event says so. */
  private async finish(result: TrainResult): Promise<void> {
    if (this.recipe.adapter.kind === 'none') await receiveModelFolder(this.studio, this.out.modelPath);
    else {
      const files = await receiveAdapter(this.studio);
      this.out.writeAdapter(files);
      // A given adapter's own rank, targets and the like won over the recipe's.
      const resolved = files.find(({ name }) => name === 'recipe.json');
      if (resolved) this.out.writeRecipe(JSON.parse(resolved.bytes.toString()));
    }
    this.print(
      this.end ?? {
        event: 'end',
        reason: result.reason === 'discarded' ? 'stopped' : result.reason,
        steps: result.steps,
        best_step: result.bestStep,
      },
    );
    say(`done: ${result.reason} after ${result.steps} steps; results in ${this.out.path}`);
  }

  private print(body: TrainEventBody, keep = true): void {
    const line = JSON.stringify(body);
    process.stdout.write(`${line}\n`);
    if (keep) this.out.appendMetric(line);
  }
}
