/** The import law (README, "How it is built"): which wing may import which. Checked by `npm run check`. */
const only = (wing, allowed) => ({
  name: `${wing}-imports`,
  severity: 'error',
  comment: `src/${wing} may import ${allowed.length ? allowed.join(', ') : 'nothing'} of this project`,
  from: { path: `^src/${wing}/`, pathNot: '\\.(test|bench)\\.tsx?$|/testing/' },
  to: { path: '^(src|workers|headless|e2e|bench)/', pathNot: [`^src/${wing}/`, ...allowed.map((a) => `^src/${a}/`)] },
});
module.exports = {
  forbidden: [
    only('lib', []),
    only('protocol', ['lib', 'recipe']),
    only('recipe', ['lib']),
    only('formats', ['lib']),
    only('data', ['formats', 'recipe', 'protocol', 'lib']),
    only('kernels', ['lib']),
    only('engine', ['kernels', 'recipe', 'protocol', 'lib']),
    only('storage', ['protocol', 'lib']),
    only('state', ['storage', 'recipe', 'protocol', 'lib']),
    only('ui', ['state', 'recipe', 'protocol', 'lib']),
    {
      name: 'page-never-reaches-tfjs',
      severity: 'error',
      comment: 'the page talks to workers; tensors stay there',
      from: { path: '^src/(ui|state)/' },
      to: { path: 'node_modules/@tensorflow', reachable: true },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-barrels',
      severity: 'error',
      comment: 'import the file itself',
      from: { path: '^src/' },
      to: { path: '^src/.*/index\\.tsx?$' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^tsx/|\\?(url|raw|worker)|\\.wasm|\\.wgsl|^assemblyscript/asc' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.as\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
