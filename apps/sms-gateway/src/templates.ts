import { readFileSync } from 'node:fs';
import { EnvironmentError } from 'sms-contracts';
import { z } from 'zod';
import { SmsRefused } from './sms-refused.js';

const BUILT_IN = {
  code: '{{code}} is your code for {{service}}. It is good for {{minutes}} minutes.',
  shipped: 'Your order {{order}} is on its way. Answer STOP to hear no more from us.',
};

/** Text and the names of variables in turn: even places are text. */
type Parsed = readonly string[];

/** Texts with `{{variables}}`. What a variable holds is never expanded again. */
export class Templates {
  private readonly parsed: ReadonlyMap<string, Parsed>;

  /** @throws Error when a template has braces that are no variable */
  constructor(templates: Readonly<Record<string, string>> = BUILT_IN) {
    this.parsed = new Map(Object.entries(templates).map(([name, text]) => [name, parse(name, text)]));
  }

  /** @throws EnvironmentError when the file cannot be used */
  static fromFile(path: string): Templates {
    try {
      return new Templates(z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, 'utf8'))));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new EnvironmentError(
        `TEMPLATES_FILE: ${path} cannot be used: ${why}. It must be a JSON object { "name": "text with {{variables}}" }.`,
        { cause: error },
      );
    }
  }

  /** @throws SmsRefused when there is no such template, or its variables and the given ones are not the same */
  render(name: string, variables: Readonly<Record<string, string>>): string {
    const parsed = this.parsed.get(name);
    if (!parsed) {
      const known = [...this.parsed.keys()].join(', ');
      throw new SmsRefused('unknown_template', `There is no template ${JSON.stringify(name)}; there are ${known}`);
    }
    const wanted = new Set(parsed.filter((_, place) => place % 2 === 1));
    const missing = [...wanted].filter((variable) => !Object.hasOwn(variables, variable));
    const unknown = Object.keys(variables).filter((variable) => !wanted.has(variable));
    if (missing.length + unknown.length > 0) {
      const complaints = [
        missing.length && `lacks ${missing.join(', ')}`,
        unknown.length && `has no ${unknown.join(', ')}`,
      ];
      throw new SmsRefused('template_variables', `Template ${name} ${complaints.filter(Boolean).join(' and ')}`);
    }
    return parsed.map((piece, place) => (place % 2 === 1 ? variables[piece] : piece)).join('');
  }
}

function parse(name: string, text: string): Parsed {
  const pieces = text.split(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/);
  const stray = pieces.find((piece, place) => place % 2 === 0 && /\{\{|\}\}/.test(piece));
  if (stray !== undefined) throw new Error(`template ${name} has braces that are no {{variable}}: ${stray}`);
  return pieces;
}
