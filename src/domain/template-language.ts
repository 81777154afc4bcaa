import { fillDrawn } from './drawn-text.js';
import { TEMPLATE_VARIABLES, type TemplateVariable } from './template-variables.js';

export interface VariableWords {
  readonly name: string;
  /** What it stands for. */
  readonly description: string;
  /** A value that it may have. */
  readonly example: string;
}

export interface HelperWords {
  readonly name: string;
  readonly description: string;
  /** As it is written in a template. */
  readonly example: string;
}

const EXAMPLES: Readonly<Record<TemplateVariable, string>> = {
  'contact.firstName': 'Mei',
  'contact.lastName': 'Lin',
  'contact.name': 'Mei Lin',
  'contact.email': 'mei@leaf.example',
  'contact.role': 'editor',
  'contact.source': 'https://leaf.example/team',
  'prospect.name': 'Leaf',
  'prospect.domain': 'leaf.example',
  'prospect.url': 'https://leaf.example/',
  'opportunity.pageUrl': 'https://leaf.example/resources',
  'project.name': 'Tea shop',
  'project.url': 'https://tea-shop.example/',
  'targetPage.url': 'https://tea-shop.example/guide',
  'targetPage.title': 'How to brew tea',
  'campaign.name': 'Guides, spring',
  'sender.name': 'Ann of Tea',
  'sender.email': 'ann@tea-shop.example',
  'sender.signature': 'Ann of Tea\n+1 555 0100',
  'sender.postalAddress': 'Tea House, 1 Leaf Lane, Teatown',
  'links.report': 'https://links.tea-shop.example/r/…',
  'links.unsubscribe': 'https://links.tea-shop.example/u/…',
};

/** Everything that may stand between braces beside a variable. */
export const TEMPLATE_HELPERS: readonly HelperWords[] = [
  {
    name: 'fallback',
    description: 'The first of its variables that is known, or the text at its end',
    example: '{{fallback contact.firstName contact.name "there"}}',
  },
  {
    name: 'if',
    description: 'What stands inside only when the variable is known; with {{else}}, something else where it is not. Two deep at most',
    example: '{{#if prospect.name}}about {{prospect.name}}{{else}}about your site{{/if}}',
  },
  {
    name: 'unless',
    description: 'What stands inside only when the variable is not known',
    example: '{{#unless contact.firstName}}Dear team,{{/unless}}',
  },
];

/** Every variable, in the order of the documentation. */
export function templateVariables(): VariableWords[] {
  return Object.entries(TEMPLATE_VARIABLES).map(([name, description]) => ({ name, description, example: EXAMPLES[name as TemplateVariable] })); // keys of that very table
}

/** `docs/templates.md` with its tables made anew. */
export function redrawTemplateDoc(text: string): string {
  const variables = templateVariables().map(
    ({ name, description, example }) => `| \`{{${name}}}\` | ${description} | ${example.replaceAll('\n', ' / ')} |`,
  );
  const helpers = TEMPLATE_HELPERS.map(({ name, description, example }) => `| ${name} | ${description} | \`${example}\` |`);
  const drawn = {
    variables: ['', '| variable | what it stands for | for example |', '|---|---|---|', ...variables, ''].join('\n'),
    helpers: ['', '| helper | what it writes | written as |', '|---|---|---|', ...helpers, ''].join('\n'),
  };
  return Object.entries(drawn).reduce((filled, [name, drawing]) => fillDrawn(filled, name, drawing), text);
}
