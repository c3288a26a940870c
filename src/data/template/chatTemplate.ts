import type { Conversation, Message } from '../../protocol/conversation';
import { recogniseFamily } from './families';
import { CompiledTemplate } from './jinja';
import type { MarkedText } from './marks';

/** A conversation as text, with what each message and each `{% generation %}` block produced. */
export type Rendered = MarkedText;

interface RenderOptions {
  addGenerationPrompt?: boolean;
}

/** Keys of ours that a template must not see: the model's text cannot depend on what is trained. */
const ownKeys = ['weight', 'train', 'weights'] as const;

/** A template with the variables that go with it for a whole data set: special tokens, thinking switch, free data. */
export class ChatTemplate {
  readonly #compiled: CompiledTemplate;

  constructor(
    source: string,
    private readonly variables: Record<string, unknown>,
  ) {
    this.#compiled = new CompiledTemplate(source);
  }

  get source(): string {
    return this.#compiled.source;
  }

  /** The moment that the template tells the date of. */
  get now(): Date {
    return this.#compiled.now;
  }

  get hasGenerationTags(): boolean {
    return this.#compiled.hasGenerationTags;
  }

  /** Renders a conversation as transformers' `apply_chat_template` does. Errors: those of `CompiledTemplate.render`. */
  render(conversation: Pick<Conversation, 'messages' | 'tools'>, options: RenderOptions = {}): Rendered {
    return this.#compiled.render(
      this.contextOf(conversation, options),
      textsOf(conversation.messages, conversation.tools),
    );
  }

  /** Everything that the template can read. */
  contextOf(
    { messages, tools }: Pick<Conversation, 'messages' | 'tools'>,
    options: RenderOptions = {},
  ): Record<string, unknown> {
    return {
      tools: tools ?? null,
      documents: null,
      ...this.variables,
      messages: messages.map(withoutOwnKeys),
      add_generation_prompt: options.addGenerationPrompt ?? false,
    };
  }
}

function withoutOwnKeys(message: Message): object {
  if (!ownKeys.some((key) => key in message)) return message;
  const rest: Partial<Message> = { ...message };
  for (const key of ownKeys) delete rest[key];
  return rest;
}

function* textsOf(messages: Message[], tools: unknown[] | undefined): Generator<string> {
  for (const { content, tool_calls, reasoning_content } of messages) {
    if (typeof content === 'string') yield content;
    else if (content) yield JSON.stringify(content);
    if (tool_calls) yield JSON.stringify(tool_calls);
    if (reasoning_content !== undefined) yield reasoning_content;
  }
  if (tools) yield JSON.stringify(tools);
}

/** The template that training, preview and chat all use, and how it was chosen. */
export interface EffectiveTemplate {
  template: ChatTemplate;
  /** Known family of the model's own template; null when unknown or not the model's. */
  family: string | null;
  /** For a person: which template is in force. */
  note: string;
  usesTrainingTemplate: boolean;
}

interface TemplateChoice {
  /** The model's own template; null when it has none. */
  source: string;
  /** Special tokens and free data for the template. */
  variables: Record<string, unknown>;
  /** Recipe `loss.span`: `trl` replaces a known stock template by its training variant. */
  span: string;
  /** For the note: whose template it is. */
  origin: string;
}

/** Chooses between a template and the training variant of its family (rules.md 6). */
export function effectiveTemplate({ source, variables, span, origin }: TemplateChoice): EffectiveTemplate {
  const own = new ChatTemplate(source, variables);
  const family = recogniseFamily(source, variables);
  if (span === 'trl' && family && !own.hasGenerationTags) {
    return {
      template: new ChatTemplate(family.training, variables),
      family: family.name,
      note: `${origin} (${family.name} family), with the training template that marks the answers`,
      usesTrainingTemplate: true,
    };
  }
  return {
    template: own,
    family: family?.name ?? null,
    note: family ? `${origin} (${family.name} family)` : origin,
    usesTrainingTemplate: false,
  };
}
