import type { Program } from './programCache';
import type { WebgpuContext } from './webgpuTuning';
import { expandWgsl } from './wgslTemplate';

/** Programs of one operation by template values: compiled on first use. */
export function programsOf(
  { runner }: WebgpuContext,
  name: string,
  source: string,
): (access: string, values: Readonly<Record<string, number>>) => Program {
  const known = new Map<string, Program>();
  return (access, values) => {
    let key = access;
    for (const value of Object.values(values)) key += ` ${value}`;
    let program = known.get(key);
    if (!program) {
      program = runner.program({ name, source: expandWgsl(source, values), access });
      known.set(key, program);
    }
    return program;
  };
}
