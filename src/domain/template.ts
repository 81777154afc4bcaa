import type { TemplateValues, TemplateVariable } from './template-variables.js';

export type TemplateKind = 'subject' | 'text' | 'html';

/** A template that has passed the allow-list. What has no node here cannot happen when a mail is rendered. */
export type TemplateNode =
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'insert'; readonly choices: readonly TemplateChoice[] }
  | { readonly do: 'branch'; readonly on: TemplateVariable; readonly known: readonly TemplateNode[]; readonly unknown: readonly TemplateNode[] };

export type TemplateChoice = { readonly variable: TemplateVariable } | { readonly literal: string };

export interface FilledTemplate {
  readonly text: string;
  /** Variables that the mail needs and nobody knows, in order of appearance, each once. */
  readonly missing: readonly TemplateVariable[];
}

/**
 * Fills a template. A variable in a branch that is not taken is not missing.
 *
 * @param encode  how a value is written into the text (escaped in HTML)
 */
export function fillTemplate(nodes: readonly TemplateNode[], values: TemplateValues, encode: (value: string) => string): FilledTemplate {
  const missing = new Set<TemplateVariable>();
  const fill = (list: readonly TemplateNode[]): string => list.map(fillOne).join('');
  const fillOne = (node: TemplateNode): string => {
    switch (node.do) {
      case 'write':
        return node.text;
      case 'branch':
        return fill(knownValue(values, node.on) === undefined ? node.unknown : node.known);
      case 'insert': {
        const value = firstKnown(node.choices, values);
        if (value !== undefined) return encode(value);
        for (const variable of variablesOfChoices(node.choices)) missing.add(variable);
        return '';
      }
    }
  };
  const text = fill(nodes);
  return { text, missing: [...missing] };
}

/** Every variable a template names, each once, sorted. */
export function templateVariablesIn(nodes: readonly TemplateNode[]): TemplateVariable[] {
  const walk = (list: readonly TemplateNode[]): TemplateVariable[] =>
    list.flatMap((node) => {
      switch (node.do) {
        case 'write':
          return [];
        case 'insert':
          return variablesOfChoices(node.choices);
        case 'branch':
          return [node.on, ...walk(node.known), ...walk(node.unknown)];
      }
    });
  return [...new Set(walk(nodes))].sort();
}

function variablesOfChoices(choices: readonly TemplateChoice[]): TemplateVariable[] {
  return choices.flatMap((choice) => ('variable' in choice ? [choice.variable] : []));
}

function firstKnown(choices: readonly TemplateChoice[], values: TemplateValues): string | undefined {
  for (const choice of choices) {
    const value = 'literal' in choice ? choice.literal : knownValue(values, choice.variable);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The value without control characters but tab and line feed; undefined when nothing is left to read. */
function knownValue(values: TemplateValues, variable: TemplateVariable): string | undefined {
  const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
  const cleaned = value?.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '');
  return cleaned?.trim() ? cleaned : undefined;
}
