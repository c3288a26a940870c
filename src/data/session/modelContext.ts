import { TunesmithError } from '../../lib/errors';
import type { TemplateSource } from '../../protocol/dataApi';
import type { TokenizerFacts } from '../../protocol/model';
import type { Recipe } from '../../recipe/schema';
import type { LabelContext } from '../label/labelRow';
import type { SpanRule } from '../label/spanRules';
import { effectiveTemplate, type EffectiveTemplate } from '../template/chatTemplate';
import { recogniseFamily } from '../template/families';
import { presetSource, templateSource } from '../template/templateSource';
import { chatTemplateOf } from '../tokenizer/specialTokens';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer';

/** What is read of a model folder here; null for a file that is not there. */
export interface ModelFiles {
  tokenizerJson: unknown;
  tokenizerConfigJson: unknown;
  chatTemplateJinja: string | null;
}

/** A model's tokenizer and template, before any recipe. */
export interface ModelContext {
  tokenizer: Tokenizer;
  chatTemplate: string | null;
  /** Ids of the tokenizer's added tokens. */
  specialIds: ReadonlySet<number>;
  /** Texts of the special tokens: in a message they would become control tokens. */
  controlTokens: readonly string[];
  facts: TokenizerFacts;
}

/** Opens tokenizer and template of a model. Errors: `tokenizer/…`. */
export function openModelContext({ tokenizerJson, tokenizerConfigJson, chatTemplateJinja }: ModelFiles): ModelContext {
  const tokenizer = openTokenizer(tokenizerJson, tokenizerConfigJson);
  const { config, variables, addedTokens, vocabSize } = tokenizer;
  const chatTemplate = chatTemplateOf(config, chatTemplateJinja);
  return {
    tokenizer,
    chatTemplate,
    specialIds: new Set(addedTokens.map(({ id }) => id)),
    controlTokens: addedTokens.filter(({ special }) => special).map(({ content }) => content),
    facts: {
      vocabSize,
      hasChatTemplate: chatTemplate !== null,
      templateFamily: chatTemplate === null ? null : (recogniseFamily(chatTemplate, variables)?.name ?? null),
      eosToken: config.eos_token ?? null,
      padToken: config.pad_token ?? null,
      specialTokens: addedTokens.filter(({ special }) => special).map(({ id, content }) => ({ id, text: content })),
    },
  };
}

/** A recipe met a model: everything that turns conversations into arrays. */
export interface RunContext {
  model: ModelContext;
  recipe: Recipe;
  template: EffectiveTemplate;
  label: LabelContext;
  spanNote: string;
}

/** Throws `template/…` or `recipe/…` when the recipe asks for what model or template do not have. */
export function openRunContext(model: ModelContext, recipe: Recipe): RunContext {
  const { tokenizer } = model;
  const { source, origin } = templateSource(model, recipe.template);
  const { enable_thinking, variables } = recipe.template;
  const template = effectiveTemplate({
    source,
    origin,
    span: recipe.loss.span,
    variables: { ...tokenizer.variables, enable_thinking, ...variables },
  });
  const { rule, note } = spanRule(recipe.loss, template, tokenizer);
  return {
    model,
    recipe,
    template,
    label: {
      template: template.template,
      tokenizer,
      specialIds: model.specialIds,
      rule,
      trainOn: recipe.loss.train_on,
      maxLength: recipe.training.max_length,
      truncation: recipe.training.truncation,
    },
    spanNote:
      recipe.loss.train_on === 'all'
        ? 'every token, prompts too'
        : `${note}${recipe.loss.train_on === 'last_assistant' ? '; only the last answer of a row' : ''}`,
  };
}

/** The template's text in force, and the one it started from. Throws as `openRunContext` does. */
export function templateSourceOf(model: ModelContext, { template }: Recipe): TemplateSource {
  const { source, origin } = templateSource(model, template);
  if (template.source !== 'custom') return { text: source, original: source, origin };
  const original =
    template.preset !== null
      ? presetSource(template.preset).source
      : (model.chatTemplate ?? presetSource('chatml').source);
  return { text: source, original, origin };
}

function spanRule(
  loss: Recipe['loss'],
  template: EffectiveTemplate,
  tokenizer: Tokenizer,
): { rule: SpanRule; note: string } {
  const marked = template.template.hasGenerationTags;
  switch (loss.span) {
    case 'trl':
      if (template.usesTrainingTemplate)
        return { rule: { kind: 'generation' }, note: `what TRL trains for ${template.family ?? ''}` };
      if (marked) return { rule: { kind: 'generation' }, note: 'the template\u2019s {% generation %} blocks' };
      return {
        rule: { kind: 'content' },
        note: 'each answer and its end token, since neither a training template nor {% generation %} tags are known for this template',
      };
    case 'generation':
      if (marked) return { rule: { kind: 'generation' }, note: 'the template\u2019s {% generation %} blocks' };
      throw new TunesmithError(
        'template/no-generation-tags',
        'loss.span: "generation" needs {% generation %} tags and this template has none, so that nothing would be trained; use "trl" or "content"',
        { path: 'loss.span' },
      );
    case 'content':
      return { rule: { kind: 'content' }, note: 'each answer and its end token' };
    case 'markers':
      return {
        rule: {
          kind: 'markers',
          begin: markerId(loss.begin_marker, 'begin_marker', tokenizer),
          end: markerId(loss.end_marker, 'end_marker', tokenizer),
        },
        note: `what stands between ${loss.begin_marker ?? ''} and ${loss.end_marker ?? ''}`,
      };
    case 'response_template':
      if (!loss.response_template)
        throw new TunesmithError(
          'recipe/missing-response-template',
          'loss.response_template: a text is needed when loss.span is "response_template", got nothing; write what stands before an answer',
          { path: 'loss.response_template' },
        );
      return {
        rule: { kind: 'response_template', text: loss.response_template },
        note: `everything after the last ${JSON.stringify(loss.response_template)}`,
      };
  }
}

function markerId(marker: string | null, key: string, tokenizer: Tokenizer): number {
  const path = `loss.${key}`;
  if (!marker)
    throw new TunesmithError(
      'recipe/missing-marker',
      `${path}: a marker token is needed when loss.span is "markers", got nothing; name one of the tokenizer's tokens`,
      { path },
    );
  const { ids } = tokenizer.encode(marker);
  const [id] = ids;
  if (id === undefined || ids.length !== 1) {
    throw new TunesmithError(
      'recipe/marker-not-a-token',
      `${path}: a marker is one token, got ${JSON.stringify(marker)}, which is ${ids.length}; choose a special token of this tokenizer`,
      { path },
    );
  }
  return id;
}
