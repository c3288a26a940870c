/** What other programs train in a row (rules.md 7), as changes of the recipe. */
import type { SpanPreset } from '../../protocol/dataApi';
import type { Recipe } from '../../recipe/schema';
import type { ModelContext } from '../session/modelContext';
import { recogniseFamily } from '../template/families';
import { CompiledTemplate } from '../template/jinja';
import { templatePreset, templatePresetTable } from '../template/presets/presets';
import { answerOnly, spareMarkers, withMarkers } from './variants';

/** A template as a recipe names it. */
interface Base {
  source: Recipe['template']['source'];
  preset: Recipe['template']['preset'];
  text: string;
}

type Patch = Record<string, unknown>;

const lossPatch = (changes: Partial<Recipe['loss']>): Patch => {
  const loss = {
    train_on: 'all_assistant',
    span: 'trl',
    begin_marker: null,
    end_marker: null,
    response_template: null,
    ...changes,
  };
  return Object.fromEntries(Object.entries(loss).map(([key, value]) => [`loss.${key}`, value]));
};
const customPatch = (text: string, preset: Recipe['template']['preset']): Patch => ({
  'template.source': 'custom',
  'template.preset': preset,
  'template.text': text,
});

/**
 * Every peer's rule for this model and recipe, whether it can be had and whether it is the one in force. The patch's
 * paths are of `loss` and, where a rule needs its own marks, of `template`.
 */
export function spanPresets(model: ModelContext, recipe: Recipe): SpanPreset[] {
  const { enable_thinking, variables: own } = recipe.template;
  const variables = { ...model.tokenizer.variables, enable_thinking, ...own };
  const { base, isOurs } = presentTemplate(model, recipe, variables);
  const noTemplate = base ? null : 'this model has no chat template; choose a template preset first';
  // Back from a template that one of these presets wrote to the one it was made of.
  const plain: Patch =
    base && isOurs ? { 'template.source': base.source, 'template.preset': base.preset, 'template.text': null } : {};
  const tagged = base && answerOnly(base.text, variables);
  const unknown =
    tagged === null
      ? (noTemplate ?? 'the answers of this template are not known; give it {% generation %} tags')
      : null;
  const markers = spareMarkers(model.tokenizer);
  const header = base && answerHeader(base.text, variables);
  const markerPatch =
    base && tagged && markers ? customPatch(withMarkers(tagged, markers.begin, markers.end), base.preset) : {};

  const presets: Omit<SpanPreset, 'inForce'>[] = [
    {
      id: 'trl',
      name: 'TRL',
      description:
        'Every answer as TRL\u2019s training template marks it; for ChatML models from the newline after the header to the newline after the end token.',
      patch: { ...lossPatch({}), ...plain },
      unavailable: noTemplate,
    },
    {
      id: 'llama-factory',
      name: 'LLaMA-Factory',
      description: 'Every answer, its end token and the newline after it, where the format has one.',
      patch: base && tagged ? { ...lossPatch({ span: 'generation' }), ...customPatch(tagged, base.preset) } : {},
      unavailable: unknown,
    },
    {
      id: 'axolotl',
      name: 'axolotl',
      description: 'Every answer and its end token.',
      patch: { ...lossPatch({ span: 'content' }), ...plain },
      unavailable: noTemplate,
    },
    {
      id: 'training-wizard',
      name: 'training-wizard',
      description: 'Only the last answer of a row.',
      patch: { ...lossPatch({ train_on: 'last_assistant' }), ...plain },
      unavailable: noTemplate,
    },
    {
      id: 'modalities',
      name: 'Modalities',
      description: markers
        ? `What stands between ${markers.begin} and ${markers.end}, which the template writes around every answer; the markers are not trained.`
        : 'What stands between two marker tokens, both excluded.',
      patch:
        markers && tagged
          ? { ...lossPatch({ span: 'markers', begin_marker: markers.begin, end_marker: markers.end }), ...markerPatch }
          : {},
      unavailable:
        unknown ??
        (markers
          ? null
          : 'this tokenizer has no two spare tokens that could be markers; set loss.begin_marker and loss.end_marker by hand'),
    },
    {
      id: 'response-template',
      name: 'Response-template collator',
      description: header
        ? `Everything after the last ${JSON.stringify(header)}.`
        : 'Everything after the last answer header.',
      patch: header ? { ...lossPatch({ span: 'response_template', response_template: header }), ...plain } : {},
      unavailable:
        noTemplate ??
        (header ? null : 'this template writes nothing before an answer; set loss.response_template by hand'),
    },
    {
      id: 'all',
      name: 'All tokens',
      description: 'Every token of a row, prompts too.',
      patch: { ...lossPatch({ train_on: 'all' }), ...plain },
      unavailable: noTemplate,
    },
  ];
  return presets.map((preset) => ({ ...preset, inForce: preset.unavailable === null && agrees(recipe, preset.patch) }));
}

/** The template that the recipe starts from; a custom text that a preset wrote is traced back to what it was made of. */
function presentTemplate(
  model: ModelContext,
  recipe: Recipe,
  variables: Record<string, unknown>,
): { base: Base | null; isOurs: boolean } {
  const { source, preset, text } = recipe.template;
  const ofModel: Base | null =
    model.chatTemplate === null ? null : { source: 'model', preset: null, text: model.chatTemplate };
  if (source === 'model') return { base: ofModel, isOurs: false };
  if (source === 'preset') {
    return { base: preset === null ? null : { source, preset, text: templatePreset(preset).source }, isOurs: false };
  }
  if (text === null) return { base: null, isOurs: false };
  const markers = spareMarkers(model.tokenizer);
  const candidates: Base[] = [
    ...(ofModel ? [ofModel] : []),
    ...templatePresetTable.map((one): Base => ({ source: 'preset', preset: one.name, text: one.source })),
  ];
  const made = candidates.find((candidate) => {
    const tagged = answerOnly(candidate.text, variables);
    if (tagged === null) return false;
    return tagged === text || (markers !== null && withMarkers(tagged, markers.begin, markers.end) === text);
  });
  return made ? { base: made, isOurs: true } : { base: { source, preset: null, text }, isOurs: false };
}

/** What stands before an answer: known for a family, else what the generation prompt adds. Empty when nothing does. */
function answerHeader(source: string, variables: Record<string, unknown>): string {
  const family = recogniseFamily(source, variables);
  if (family) return family.answerHeader;
  try {
    const template = new CompiledTemplate(source);
    const render = (add_generation_prompt: boolean): string =>
      template.render(
        {
          tools: null,
          documents: null,
          ...variables,
          messages: [{ role: 'user', content: 'a' }],
          add_generation_prompt,
        },
        [],
      ).text;
    const without = render(false);
    const prompt = render(true);
    return prompt.startsWith(without) ? prompt.slice(without.length) : '';
  } catch {
    return '';
  }
}

function agrees(recipe: Recipe, patch: Patch): boolean {
  return Object.entries(patch).every(([path, value]) => {
    const at = path
      .split('.')
      .reduce<unknown>(
        (node, key) =>
          typeof node === 'object' && node !== null && Object.hasOwn(node, key)
            ? (node as Record<string, unknown>)[key]
            : undefined,
        recipe,
      );
    return at === value;
  });
}
