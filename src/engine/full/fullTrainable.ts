import { sizeOf, type View } from '../../kernels/runtime/view';
import { isWeight, type Weight } from '../../kernels/weights/weight';
import { TunesmithError, assert } from '../../lib/errors';
import type { Model } from '../model/model';
import { linearNames, type LinearName } from '../model/modelConfig';
import { free, keep } from '../scope';
import type { Trainable } from '../train/trainable';
import type { LinearGradients, ModelGradients, TablePart } from './gradients';
import { elementsOf, modelParameters, viewsOf } from './parameters';

/**
 * All parameters of a model as what a run trains, *in place*: embeddings, linear layers, biases, norms, and the head where it
 * is not tied. The model must hold its weights in f32, else `recipe/full-dtype`; a linear layer must fit one binding of the
 * device, else `recipe/full-too-wide`. Nothing is allocated before startTraining; then there is a gradient beside each
 * parameter, and the optimizer's moments come to that: with AdamW 16 bytes a parameter in all, with Lion 12, with SGD 8.
 */
export function createFullTrainable(model: Model): Trainable {
  const { kernels } = model;
  const parameters = modelParameters(model);
  for (const { name, value } of parameters) checkTrainable(name, value);
  const buffers = parameters.flatMap(({ value }) =>
    viewsOf(value).map((values) => ({ values, gradients: null as View | null })),
  );
  const decays = parameters.flatMap(({ value }) => viewsOf(value).map(() => isWeight(value)));
  const bufferOf = new Map(buffers.map((buffer) => [buffer.values, buffer]));
  const gradientOf = (values: View): View => {
    const gradient = bufferOf.get(values)?.gradients;
    assert(gradient, 'the model is not in training');
    return gradient;
  };
  const trainable: Trainable & { weightGradients: ModelGradients | null } = {
    parameters: elementsOf(parameters),
    buffers,
    lora: null,
    weightGradients: null,
    // transformers' Trainer (get_decay_parameter_names): biases and norms do not decay, which here are all vectors.
    groups: () =>
      buffers.map(({ values: { shape } }, buffer) => ({
        buffer,
        offset: 0,
        size: sizeOf(shape),
        rateFactor: 1,
        decays: decays[buffer] === true,
      })),
    startTraining() {
      for (const buffer of buffers) buffer.gradients = keep(kernels.zeros(buffer.values.shape));
      trainable.weightGradients = gradientsByPlace(model, gradientOf);
    },
    stopTraining() {
      trainable.weightGradients = null;
      for (const buffer of buffers) {
        free(buffer.gradients);
        buffer.gradients = null;
      }
    },
  };
  return trainable;
}

function checkTrainable(name: string, value: Weight | View): void {
  if (!isWeight(value)) return;
  if (value.format !== 'f32')
    throw new TunesmithError(
      'recipe/full-dtype',
      `adapter.kind "none": full fine-tuning needs weights of 32 bits, and ${name} is held as ${value.format}; load the model with model.dtype "f32"`,
      { path: 'model.dtype', data: { format: value.format } },
    );
  const isTable = name === 'model.embed_tokens.weight' || name === 'lm_head.weight';
  if (value.parts.length > 1 && !isTable)
    throw new TunesmithError(
      'recipe/full-too-wide',
      `adapter.kind "none": ${name} [${value.shape.join(', ')}] must fit one storage binding of this device; use LoRA`,
      { path: 'adapter.kind' },
    );
}

/** The gradients as the backward pass asks for them. */
function gradientsByPlace(model: Model, gradientOf: (values: View) => View): ModelGradients {
  const matrix = ({ parts }: Weight): View => {
    const [part] = parts;
    assert(part, 'a weight without parts');
    return gradientOf(part.values);
  };
  const vector = (values: View | null): View | null => values && gradientOf(values);
  const table = ({ parts }: Weight): TablePart[] =>
    parts.map(({ firstRow, rows, values }) => ({ firstRow, rows, gradient: gradientOf(values) }));
  return {
    embedding: table(model.embedding),
    blocks: model.blocks.map(({ inputNorm, postAttentionNorm, qNorm, kNorm, linears }) => ({
      inputNorm: gradientOf(inputNorm),
      postAttentionNorm: gradientOf(postAttentionNorm),
      qNorm: vector(qNorm),
      kNorm: vector(kNorm),
      linears: Object.fromEntries(
        linearNames.map((name): [LinearName, LinearGradients] => {
          const { weight, bias } = linears[name];
          return [name, { weight: matrix(weight), bias: vector(bias) }];
        }),
      ) as Record<LinearName, LinearGradients>,
    })),
    finalNorm: gradientOf(model.finalNorm),
    head: table(model.head),
  };
}
