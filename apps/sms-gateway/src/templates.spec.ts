import * as fc from 'fast-check';
import { Templates } from './templates.js';

const templates = new Templates({
  code: '{{code}} is your code, {{ name }}. Keep {{code}} secret.',
  plain: 'Hello { }',
});

describe('Templates', () => {
  it('puts a variable wherever it is named', () => {
    expect(templates.render('code', { code: '1234', name: 'Ada' })).toBe('1234 is your code, Ada. Keep 1234 secret.');
    expect(templates.render('plain', {})).toBe('Hello { }');
  });

  it('never expands what a variable holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('{{name}}', '{{code}}', '$&', '$1'), (text, trap) => {
        const code = text + trap;
        expect(templates.render('code', { code, name: 'Ada' })).toBe(`${code} is your code, Ada. Keep ${code} secret.`);
      }),
    );
  });

  it('refuses variables that are missing, and such that the template does not have', () => {
    const given = { code: '1', nmae: 'Ada', toString: 'x' };
    expect(() => templates.render('code', given)).toThrow('Template code lacks name and has no nmae, toString');
  });

  it('refuses a template that does not exist, and names those that do', () => {
    expect(() => templates.render('constructor', {})).toThrow(
      'There is no template "constructor"; there are code, plain',
    );
  });

  it('does not start with braces that are no variable', () => {
    expect(() => new Templates({ broken: 'Hello {{first name}}' })).toThrow('template broken has braces that are no');
  });

  it('names the file that cannot be read', () => {
    expect(() => Templates.fromFile('/nowhere/templates.json')).toThrow(
      /TEMPLATES_FILE: \/nowhere\/templates.json cannot be used/,
    );
  });
});
