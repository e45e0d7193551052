import nx from '@nx/eslint-plugin';
import jsdoc from 'eslint-plugin-jsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const only = (...layers) => layers.map((layer) => `layer:${layer}`);

// Which layer may import which, and what from outside.
const layers = [
  {
    sourceTag: 'layer:core',
    onlyDependOnLibsWithTags: only('core', 'test-support'),
    allowedExternalImports: [
      '@tensorflow/tfjs-core',
      'comlink',
      'comlink/**',
      'ml-matrix',
      'onnxruntime-common',
      'onnxruntime-node',
      'vitest',
    ],
  },
  { sourceTag: 'layer:strategy', onlyDependOnLibsWithTags: only('core', 'test-support'), allowedExternalImports: ['mathjs', 'vitest'] },
  { sourceTag: 'layer:checkpoint', onlyDependOnLibsWithTags: only('core', 'test-support'), allowedExternalImports: ['*'] },
  {
    sourceTag: 'layer:models',
    onlyDependOnLibsWithTags: only('core', 'test-support'),
    testsMayImport: only('checkpoint', 'models'),
    allowedExternalImports: ['@tensorflow/tfjs-core', 'vitest'],
  },
  {
    sourceTag: 'layer:bench',
    onlyDependOnLibsWithTags: only('core', 'checkpoint', 'models', 'test-support'),
    testsMayImport: only('strategy', 'bench'),
    allowedExternalImports: ['*'],
  },
  { sourceTag: 'layer:test-support', onlyDependOnLibsWithTags: [], allowedExternalImports: ['fast-check', 'vitest'] },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: only('core', 'strategy', 'checkpoint', 'models', 'bench', 'test-support'),
    allowedExternalImports: ['*'],
  },
];

export default defineConfig(
  globalIgnores(['**/dist', '**/node_modules', 'coverage', '.nx', 'packages/*/bin', 'packages/*/*.mjs']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.ts', '*.js'] }, tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['packages/*/{src,test}/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allowCircularSelfDependency: true,
          banTransitiveDependencies: true,
          // The aligner is a part of its own: `lexigraft align` needs it whether or not the strategy is loaded.
          checkDynamicDependenciesExceptions: ['@lexigraft/trans-tokenization'],
          depConstraints: layers.map(({ testsMayImport: _, ...layer }) => layer),
        },
      ],
    },
  },
  { files: ['**/*.ts'], rules: { '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }] } },
  {
    // Tests may use any tool of the workspace; the layers hold for them too.
    files: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allowCircularSelfDependency: true,
          depConstraints: layers.map(({ sourceTag, onlyDependOnLibsWithTags, testsMayImport = [] }) => ({
            sourceTag,
            onlyDependOnLibsWithTags: [...onlyDependOnLibsWithTags, ...testsMayImport],
          })),
        },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    extends: [jsdoc.configs['flat/recommended-typescript-error']],
    settings: { jsdoc: { tagNamePreference: { returns: 'returns' } } },
    rules: {
      'jsdoc/require-jsdoc': ['error', { publicOnly: true, contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'] }],
      'jsdoc/require-param': 'off',
      'jsdoc/require-yields': 'off',
      'jsdoc/escape-inline-tags': 'off',
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/require-returns': 'off',
      'jsdoc/require-throws': 'off',
      'jsdoc/check-tag-names': ['error', { definedTags: ['reference', 'complexity'] }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Draw from `input.randomFor(token)`.' }],
      'no-console': 'error',
      'jsdoc/tag-lines': ['error', 'any', { startLines: 1 }],
    },
  },
  {
    files: ['packages/{core,salt,baselines,trans-tokenization,mosecrot,lens,models}/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'packages/models/src/node/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'Core and strategies run anywhere; IO belongs in checkpoint.' }] },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'IO belongs in checkpoint.' }],
    },
  },
  { files: ['**/*.test-d.ts'], rules: { '@typescript-eslint/unbound-method': 'off' } },
  // In no project of TypeScript's.
  { files: ['**/*.mjs', 'templates/*/vitest.config.ts'], extends: [tseslint.configs.disableTypeChecked] },
);
