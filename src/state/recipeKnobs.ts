/** Every knob of the recipe in words: its name, and in one sentence what turning it does. Grouped as the page shows them. */
import { templatePresets, datasetFormats } from '../recipe/schema';

export type KnobKind =
  | { kind: 'number'; whole: boolean; nullable: boolean }
  | { kind: 'switch' }
  | { kind: 'choice'; options: readonly string[]; nullable: boolean }
  | { kind: 'text'; nullable: boolean; long?: boolean }
  /** A number, or words of its own (`dataset.validation`, `adapter.target_modules`). */
  | { kind: 'mixed' }
  | { kind: 'json' };

export interface Knob {
  path: string;
  label: string;
  says: string;
  control: KnobKind;
  unit?: string;
  /** What sets it, where that is not a person at this knob. */
  setBy?: string;
}

export interface KnobGroup {
  title: string;
  knobs: Knob[];
}

const whole = { kind: 'number', whole: true, nullable: false } as const;
const real = { kind: 'number', whole: false, nullable: false } as const;
const wholeOrOff = { kind: 'number', whole: true, nullable: true } as const;
const realOrOff = { kind: 'number', whole: false, nullable: true } as const;
const onOff = { kind: 'switch' } as const;
const textOrOff = { kind: 'text', nullable: true } as const;
const choice = (...options: string[]) => ({ kind: 'choice', options, nullable: false }) as const;

const knob = (path: string, label: string, control: KnobKind, says: string, unit?: string): Knob => ({
  path,
  label,
  control,
  says,
  ...(unit === undefined ? {} : { unit }),
});

/** A knob that only shows what was chosen elsewhere. */
const shown = (setBy: string, one: Knob): Knob => ({ ...one, setBy });

export const knobGroups: KnobGroup[] = [
  {
    title: 'Learning',
    knobs: [
      knob(
        'training.learning_rate',
        'Learning rate',
        real,
        'How far each step moves the adapter: too high diverges, too low learns nothing in time.',
      ),
      knob(
        'training.num_train_epochs',
        'Epochs',
        real,
        'How often every row is read; more remembers better, and forgets more of the rest.',
        'passes',
      ),
      knob(
        'training.max_steps',
        'Step limit',
        { kind: 'mixed' },
        'Ends the run after so many steps; -1 leaves it to the epochs.',
        'steps',
      ),
      knob(
        'training.per_device_train_batch_size',
        'Rows at once',
        whole,
        'Rows computed together; more is faster until memory runs out.',
        'rows',
      ),
      knob(
        'training.gradient_accumulation_steps',
        'Accumulation',
        whole,
        'Batches added up before the adapter moves; steadier steps, fewer of them.',
        'batches',
      ),
      knob(
        'training.lr_scheduler_type',
        'Schedule',
        choice('constant', 'constant_with_warmup', 'linear', 'cosine', 'cosine_with_restarts', 'polynomial'),
        'How the rate falls over the run; cosine ends gently.',
      ),
      knob(
        'training.warmup_steps',
        'Warm-up steps',
        whole,
        'Steps over which the rate rises from zero; 0 leaves it to the share below.',
        'steps',
      ),
      knob('training.warmup_ratio', 'Warm-up share', real, 'The same as a share of the run, 0 to 1.'),
      knob(
        'training.max_grad_norm',
        'Gradient limit',
        real,
        'Longer gradients are cut to this length, so that one odd row cannot wreck the adapter.',
      ),
      knob('training.seed', 'Seed', whole, 'The same seed, data, recipe and device give the same numbers.'),
    ],
  },
  {
    title: 'Adapter',
    knobs: [
      knob(
        'adapter.kind',
        'Method',
        choice('lora', 'none'),
        'LoRA trains a small adapter beside frozen weights; none trains every weight, which takes many times the memory.',
      ),
      knob('adapter.r', 'Rank', whole, 'The adapter’s width: more can hold more, costs more memory and time.'),
      knob('adapter.lora_alpha', 'Alpha', real, 'Strength of the adapter; what counts is alpha divided by the rank.'),
      knob(
        'adapter.lora_dropout',
        'Dropout',
        real,
        'Share of inputs hidden from the adapter at each step; helps on little data, slows learning.',
      ),
      knob(
        'adapter.target_modules',
        'Target modules',
        { kind: 'mixed' },
        'Which linear layers get an adapter: all-linear, or a list of names.',
      ),
      knob(
        'adapter.use_rslora',
        'rsLoRA',
        onOff,
        'Divides alpha by the root of the rank, so that high ranks keep their strength.',
      ),
      knob(
        'adapter.use_dora',
        'DoRA',
        onOff,
        'Learns the length of each weight row apart from its direction; slower, sometimes better.',
      ),
      knob(
        'adapter.loraplus_lr_ratio',
        'LoRA+ ratio',
        realOrOff,
        'Rate of the adapter’s second half over its first; off keeps them equal.',
      ),
    ],
  },
  {
    title: 'Rows and lengths',
    knobs: [
      knob(
        'training.max_length',
        'Max length',
        whole,
        'Longer rows are shortened to this; memory and time grow with it.',
        'tokens',
      ),
      knob(
        'training.truncation',
        'Too long',
        choice('drop_oldest_turns', 'keep_start', 'keep_end'),
        'What a row that is too long loses: whole old turns, its end, or its start.',
      ),
      knob(
        'training.packing',
        'Packing',
        onOff,
        'Lays short rows together into packs of max length, none seeing another: fewer, fuller steps, each over more rows.',
      ),
      knob(
        'training.padding_free',
        'Padding-free',
        onOff,
        'Rows of a batch always lie end to end here, never padded, so this changes nothing; it goes with the recipe to other trainers.',
      ),
      knob(
        'dataset.validation',
        'Validation',
        { kind: 'mixed' },
        'Rows kept out of training to measure it: a share below 1, or a number of rows.',
      ),
      knob(
        'dataset.test',
        'Test',
        { kind: 'mixed' },
        'Rows kept out of training and validation: a share below 1, or a number of rows.',
      ),
      knob('dataset.shuffle', 'Shuffle', onOff, 'Reads the rows in a new order each epoch, given by the seed.'),
      knob('dataset.take', 'Take', wholeOrOff, 'Uses only so many rows.', 'rows'),
      knob('dataset.drop_duplicates', 'Drop duplicates', onOff, 'Uses a row that occurs twice once.'),
      knob(
        'dataset.max_rows_in_error',
        'Broken rows allowed',
        whole,
        'A run may go without up to so many broken rows; each is named in the data pane.',
        'rows',
      ),
      knob('dataset.format', 'Format', choice(...datasetFormats), 'How the file’s rows are read; auto recognises it.'),
      knob(
        'dataset.columns',
        'Columns',
        { kind: 'json' },
        'Which column holds what, where the names differ from the format’s.',
      ),
      knob('dataset.role_map', 'Roles', { kind: 'json' }, 'Names of the file’s roles in the template’s words.'),
      knob(
        'dataset.system_prompt',
        'System prompt',
        { kind: 'text', nullable: true, long: true },
        'Put before rows that have none; chat sends it too.',
      ),
      knob(
        'dataset.messages_template',
        'Message template',
        { kind: 'json' },
        'Turns built from columns, with {column} places.',
      ),
    ],
  },
  {
    title: 'Template and mask',
    knobs: [
      knob(
        'template.source',
        'Template',
        choice('model', 'preset', 'custom'),
        'What turns a conversation into text; the model’s own is the one it knows.',
      ),
      knob(
        'template.preset',
        'Preset',
        { kind: 'choice', options: templatePresets, nullable: true },
        'A well-known template, where the model has none.',
      ),
      knob(
        'template.text',
        'Custom template',
        { kind: 'text', nullable: true, long: true },
        'A Jinja template of your own.',
      ),
      knob('template.variables', 'Template data', { kind: 'json' }, 'Free values that a template may use.'),
      knob(
        'template.enable_thinking',
        'Thinking',
        onOff,
        'Answers directly, or thinks first; training and chat share the switch.',
      ),
      knob(
        'loss.train_on',
        'Train on',
        choice('all_assistant', 'last_assistant', 'all'),
        'Which turns the model learns to write.',
      ),
      knob(
        'loss.span',
        'Span rule',
        choice('trl', 'generation', 'content', 'markers', 'response_template'),
        'Where a trained answer begins and ends.',
      ),
      knob('loss.begin_marker', 'Begin marker', textOrOff, 'Token before a trained part (span rule markers).'),
      knob('loss.end_marker', 'End marker', textOrOff, 'Token after a trained part (span rule markers).'),
      knob(
        'loss.response_template',
        'Response template',
        textOrOff,
        'Text after which everything is trained (span rule response_template).',
      ),
    ],
  },
  {
    title: 'Optimizer',
    knobs: [
      knob(
        'training.optim',
        'Optimizer',
        choice('adamw', 'adamw_8bit', 'sgd', 'lion'),
        'The rule that turns gradients into steps; adamw_8bit holds its moments in a quarter of the bytes.',
      ),
      knob('training.weight_decay', 'Weight decay', real, 'Pulls the adapter towards zero at each step.'),
      knob('training.adam_beta1', 'Beta 1', real, 'Memory of the gradient’s direction, 0 to 1.'),
      knob('training.adam_beta2', 'Beta 2', real, 'Memory of the gradient’s size, 0 to 1.'),
      knob('training.adam_epsilon', 'Epsilon', real, 'Keeps the division by a gradient’s size from exploding.'),
      knob(
        'training.neftune_noise_alpha',
        'NEFTune noise',
        realOrOff,
        'Noise on the embeddings while training; can make answers richer.',
      ),
      knob(
        'training.label_smoothing_factor',
        'Label smoothing',
        real,
        'Share of the target spread over all tokens; softens overconfidence.',
      ),
      knob(
        'training.gradient_checkpointing',
        'Checkpoint blocks',
        onOff,
        'Computes activations twice instead of keeping them: less memory, a third more time.',
      ),
    ],
  },
  {
    title: 'During the run',
    knobs: [
      knob(
        'training.eval_strategy',
        'Evaluate',
        choice('no', 'steps', 'epoch'),
        'When the loss on the validation rows is measured.',
      ),
      knob(
        'training.eval_steps',
        'Evaluate every',
        wholeOrOff,
        'Steps between two measurements (with steps).',
        'steps',
      ),
      knob(
        'training.per_device_eval_batch_size',
        'Rows at once, evaluating',
        whole,
        'Rows computed together while measuring.',
        'rows',
      ),
      knob(
        'training.sample_steps',
        'Sample every',
        wholeOrOff,
        'Steps between two rounds of sample answers; off saves their time.',
        'steps',
      ),
      knob('training.sample_size', 'Sample answers', whole, 'Questions answered anew each time.', 'answers'),
      knob('training.save_steps', 'Checkpoint every', wholeOrOff, 'Steps between two checkpoints.', 'steps'),
      knob('training.save_total_limit', 'Checkpoints kept', wholeOrOff, 'Older ones are deleted.'),
      knob(
        'training.load_best_model_at_end',
        'Keep the best',
        onOff,
        'Ends with the adapter of the best measurement instead of the last step.',
      ),
      knob(
        'training.early_stopping_patience',
        'Stop early after',
        wholeOrOff,
        'Ends the run after so many measurements without improvement.',
        'measurements',
      ),
      knob(
        'training.early_stopping_threshold',
        'Improvement counts from',
        real,
        'Smaller changes of the validation loss are not an improvement.',
      ),
      knob('training.logging_steps', 'Report every', wholeOrOff, 'Steps between two points of the curve.', 'steps'),
    ],
  },
  {
    title: 'Answers',
    knobs: [
      knob('generation.max_new_tokens', 'Answer length', whole, 'An answer ends here at the latest.', 'tokens'),
      knob(
        'generation.temperature',
        'Temperature',
        real,
        '0 always says the likeliest; higher is more varied and less exact.',
      ),
      knob('generation.top_p', 'Top p', real, 'Chooses among the likeliest tokens that together reach this share.'),
      knob('generation.top_k', 'Top k', whole, 'Chooses among so many tokens at most; 0 is all.', 'tokens'),
      knob('generation.min_p', 'Min p', real, 'Leaves out tokens less likely than this share of the likeliest.'),
      knob(
        'generation.repetition_penalty',
        'Repetition penalty',
        real,
        'Above 1, tokens that were said become less likely.',
      ),
      knob('generation.seed', 'Answer seed', wholeOrOff, 'Makes varied answers repeatable; off draws anew each time.'),
    ],
  },
  {
    title: 'Model',
    knobs: [
      shown(
        'the model in use',
        knob('model.id', 'Name', { kind: 'text', nullable: false }, 'The model that is tuned, as the recipe names it.'),
      ),
      shown(
        'the model in use',
        knob(
          'model.revision',
          'Revision',
          { kind: 'text', nullable: false },
          'Which version of it, where it comes from a hub.',
        ),
      ),
      knob(
        'model.dtype',
        'Weights kept as',
        choice('auto', 'f32', 'f16', 'int8', 'int4'),
        'How the frozen weights lie in memory: fewer bits take less and round more; auto goes by the device. A change loads the model anew.',
      ),
    ],
  },
];
