import { leftOverInMail } from '../../domain/placeholders.js';
import { TEMPLATE_VARIABLES, type TemplateValues } from '../../domain/template-variables.js';
import { compileMailTemplate, renderMailTemplate } from './mail-template.js';
import { readStarterSequence, STARTER_TACTICS } from './starter-sequences.js';

const everything: TemplateValues = Object.fromEntries(Object.keys(TEMPLATE_VARIABLES).map((name) => [name, `value of ${name}`]));

describe.each(STARTER_TACTICS)('the starter sequence for %s', (tactic) => {
  it('renders with the known variables and leaves nothing to fill in', async () => {
    for (const starter of await readStarterSequence(tactic)) {
      const result = renderMailTemplate(compileMailTemplate(starter), everything);

      if (!result.ok) throw new Error(`missing ${result.missing.join()}`);
      expect(leftOverInMail(result.mail)).toEqual([]);
      expect(result.mail.text).not.toContain('\n\n\n');
    }
  });

  it('greets people whose first name nobody knows, and lets everyone opt out', async () => {
    const unnamed = { ...everything, 'contact.firstName': null };

    for (const starter of await readStarterSequence(tactic)) {
      const template = compileMailTemplate(starter);
      const result = renderMailTemplate(template, unnamed);

      expect(result.ok && result.mail.text).toMatch(/^Hello there,\n/);
      expect(result.ok && result.mail.text.split('value of links.unsubscribe')).toHaveLength(2);
      expect(result.ok && result.mail.text.split('value of sender.signature')).toHaveLength(2);
    }
  });

  it('keeps the thread: the follow-up answers the first subject', async () => {
    const [first, followUp] = await readStarterSequence(tactic);

    expect(followUp?.subject).toBe(`Re: ${first?.subject}`);
  });
});
