import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

// The rules of docs/adr/0002. Sizes and habits hold from the first commit; see CONTRIBUTING.md for the why.
export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'client/dist/', 'client/src/schema.ts', 'coverage/', 'data/', 'bench/peers/', 'web/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // DTOs are plain objects with a class for a name
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }], // Nest modules are empty classes
      '@typescript-eslint/require-await': 'off', // Nest interfaces ask for promises
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      complexity: ['error', 12],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read AppConfig instead.' }],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the time as an argument, or from Clock.' },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Take the time as an argument, or from Clock.',
        },
        { selector: 'TSEnumDeclaration', message: 'Use a const array and a union type.' },
        { selector: ':matches(FunctionDeclaration, ArrowFunctionExpression)[params.length>4]', message: 'More than 4 parameters: take one object.' },
        {
          selector: "MethodDefinition[kind!='constructor'] > FunctionExpression[params.length>4]",
          message: 'More than 4 parameters: take one object.',
        },
        {
          selector: "MethodDefinition[kind='constructor'] > FunctionExpression[params.length>6]",
          message: 'More than 6 dependencies: split the class.',
        },
        { selector: "Identifier[name='forwardRef']", message: 'A circle between modules: move what both need one floor down.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off', // a describe block is a list, not a function
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off', // supertest bodies and expect.any are any
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['migrations/*.ts'],
    rules: { 'max-lines-per-function': 'off' }, // one statement of SQL, not logic
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        require: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        Buffer: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
        fetch: 'readonly',
      },
    },
    rules: { 'max-lines': ['error', 300] },
  },
  prettier,
);
