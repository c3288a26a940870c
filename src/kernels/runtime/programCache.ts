import type { TunesmithError } from '../../lib/errors';
import type { OnCompiled } from '../kernels';
import { kernelFailed, type KernelReports } from './kernelReports';
import type { WebgpuHealth } from './webgpuHealth';

/** How a shader uses its storage bindings, one letter each: r read, w read and write. Binding 0 is the parameters. */
export type Access = string;

export interface ProgramSource {
  /** For error messages. */
  name: string;
  source: string;
  access: Access;
  /** Values of the shader's `override` constants. */
  constants?: Readonly<Record<string, number>>;
}

export interface Program {
  name: string;
  access: Access;
  /** Null until it is first wanted. */
  pipeline: GPUComputePipeline | null;
  descriptor: GPUComputePipelineDescriptor;
  layout: GPUBindGroupLayout;
  id: number;
  /** Operations that have wanted it. */
  ops: Set<string>;
  /** Why it does not work; null: as far as is known it does. */
  failure: string | null;
}

/** Shaders and their pipelines, and which of them this device does not take. */
export class ProgramCache {
  readonly #programs = new Map<string, Program>();
  readonly #layouts = new Map<Access, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(
    readonly device: GPUDevice,
    readonly health: WebgpuHealth,
    readonly reports: KernelReports | null,
  ) {}

  /** A shader, once per source and constants: compiled when it is first dispatched, or before that by {@link compileAhead}. */
  program({ name, source, access, constants = {} }: ProgramSource): Program {
    const key = `${access} ${JSON.stringify(constants)} ${source}`;
    const known = this.#programs.get(key);
    if (known) return known;
    const layout = this.#layout(access);
    const module = this.health.scoped(
      'validation',
      () => this.device.createShaderModule({ label: name, code: source }),
      // A shader that nothing has used has done no harm.
      ({ message }) => (program.pipeline ? this.#failed(program, message) : this.#unusable(program, message)),
    );
    const descriptor = { label: name, layout: layout.pipeline, compute: { module, entryPoint: 'main', constants } };
    const id = this.#programs.size;
    const program: Program = {
      name,
      access,
      pipeline: null,
      descriptor,
      layout: layout.group,
      id,
      ops: new Set(),
      failure: null,
    };
    this.#programs.set(key, program);
    return program;
  }

  /** Marks a program, so that it is not dispatched again. */
  #unusable(program: Program, reason: string): null {
    program.failure ??= firstLine(reason);
    for (const op of program.ops) this.reports?.failed(op, program.failure);
    return null;
  }

  /** As {@link #unusable}, of one that was dispatched: what was computed since is worth nothing. */
  #failed(program: Program, reason: string): TunesmithError {
    this.#unusable(program, reason);
    return kernelFailed(program.name, [...program.ops], program.failure ?? reason);
  }

  /** Throws `kernel/failed` where that is known. */
  check(program: Program): void {
    if (program.failure !== null) throw this.#failed(program, program.failure);
  }

  /** Compiled now if it is not yet. That it fails shows when results are read. */
  pipelineOf(program: Program): GPUComputePipeline {
    return (program.pipeline ??= this.#compile(program));
  }

  #compile(program: Program): GPUComputePipeline {
    const failed = ({ message }: GPUError): TunesmithError => this.#failed(program, message);
    return this.health.scoped(
      'internal',
      () => this.health.scoped('validation', () => this.device.createComputePipeline(program.descriptor), failed),
      failed,
    );
  }

  /**
   * Compiles those that are not yet, side by side and off this thread. @param onCompiled told how many are done, from none to all,
   * where there are any. @returns how many there were
   */
  async compileAhead(programs: readonly Program[], onCompiled?: OnCompiled): Promise<number> {
    const fresh = programs.filter(({ pipeline, failure }) => pipeline === null && failure === null);
    let done = 0;
    if (fresh.length > 0) onCompiled?.(done, fresh.length);
    await Promise.all(
      fresh.map(async (program) => {
        try {
          const pipeline = await this.health.orCause(this.device.createComputePipelineAsync(program.descriptor));
          program.pipeline ??= pipeline;
        } catch (error) {
          // One whose device is gone may be a good one.
          this.health.check();
          this.#unusable(program, error instanceof Error ? error.message : String(error));
        }
        onCompiled?.(++done, fresh.length);
      }),
    );
    return fresh.length;
  }

  #layout(access: Access): { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const known = this.#layouts.get(access);
    if (known) return known;
    const visibility = GPUShaderStage.COMPUTE;
    const params: GPUBindGroupLayoutEntry = {
      binding: 0,
      visibility,
      buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 0 },
    };
    const storage = [...access].map((letter, index): GPUBindGroupLayoutEntry => ({
      binding: index + 1,
      visibility,
      buffer: { type: letter === 'w' ? 'storage' : 'read-only-storage' },
    }));
    const group = this.device.createBindGroupLayout({ entries: [params, ...storage] });
    const layout = { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
    this.#layouts.set(access, layout);
    return layout;
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
