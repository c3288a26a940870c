/** Values that runs can use in this version, by path; the engine refuses all others there as `recipe/not-yet`. */
export const usableValues: Record<string, readonly unknown[]> = {
  'adapter.kind': ['lora'],
};
