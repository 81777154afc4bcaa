import { isMisleadingSubject } from '../../domain/misleading-subject.js';
import { leftOverInMail } from '../../domain/placeholders.js';
import { conditionsHold } from '../../domain/step-conditions.js';
import { LONGEST_DELAY } from '../../domain/sequence-steps.js';
import { TEMPLATE_VARIABLES, type TemplateValues } from '../../domain/template-variables.js';
import { compileMailTemplate, renderMailTemplate } from './mail-template.js';
import { readStarterSequence, STARTER_TACTICS, type StarterMail, type StarterTactic } from './starter-sequences.js';
import { doTemplateTask } from './template-work.js';

const everything: TemplateValues = Object.fromEntries(Object.keys(TEMPLATE_VARIABLES).map((name) => [name, `value of ${name}`]));

async function mailsOf(tactic: StarterTactic): Promise<StarterMail[]> {
  const { steps, answers } = await readStarterSequence(tactic);
  return [...steps.flatMap((step) => (step.kind === 'task' ? [] : [step.mail])), ...answers];
}

describe.each(STARTER_TACTICS)('the starter sequence for %s', (tactic) => {
  it('begins with a mail at once, follows up days later, and says what is to be done by hand', async () => {
    const { name, steps } = await readStarterSequence(tactic);
    const [first, second] = steps;

    expect(name).toMatch(/^[A-Z][a-z ]+$/);
    expect(first?.delay.value).toBe(0);
    expect(['mail', 'review']).toContain(first?.kind);
    expect(second).toMatchObject({ kind: 'mail', delay: { unit: 'businessDays' } });
    for (const step of steps) {
      expect(step.delay.value).toBeLessThanOrEqual(LONGEST_DELAY[step.delay.unit]);
      if (step.kind === 'task') expect(step.title).toMatch(/^.{10,200}$/);
    }
    for (const step of steps.slice(1)) expect(step.delay.value).toBeGreaterThanOrEqual(3);
  });

  it('goes on only while nobody of the site has answered and the card stands where the first mail put it', async () => {
    const { steps } = await readStarterSequence(tactic);
    const waiting = { replied: false, bounced: false, stage: 'contacting', tags: [], fields: {} };

    expect(steps[0]?.conditions).toEqual([]);
    for (const { conditions } of steps.slice(1)) {
      expect(conditionsHold(conditions, waiting)).toBe(true);
      expect(conditionsHold(conditions, { ...waiting, replied: true })).toBe(false);
      expect(conditionsHold(conditions, { ...waiting, stage: 'negotiating' })).toBe(false);
    }
  });

  it('brings texts for what comes after a yes, with the page where the link is reported', async () => {
    const { answers } = await readStarterSequence(tactic);

    for (const answer of answers) {
      const result = renderMailTemplate(compileMailTemplate(answer), everything);
      expect(result.ok && result.mail.text).toContain('value of links.report');
    }
    expect(answers).toHaveLength(2);
  });

  it('renders with the known variables and leaves nothing to fill in', async () => {
    for (const starter of await mailsOf(tactic)) {
      const result = renderMailTemplate(compileMailTemplate(starter), everything);

      if (!result.ok) throw new Error(`missing ${result.missing.join()}`);
      expect(doTemplateTask({ do: 'check', parts: starter })).toEqual({ done: 'check' });
      expect(leftOverInMail(result.mail)).toEqual([]);
      expect(result.mail.text).not.toContain('\n\n\n');
    }
  });

  it('greets people whose first name nobody knows, and is signed and lets everyone opt out, once', async () => {
    const unnamed = { ...everything, 'contact.firstName': null, 'contact.source': null };

    for (const starter of await mailsOf(tactic)) {
      const result = renderMailTemplate(compileMailTemplate(starter), unnamed);

      const text = result.ok ? result.mail.text : '';
      expect(text).toMatch(/^Hello there,\n/);
      for (const ending of ['links.unsubscribe', 'sender.signature', 'sender.postalAddress']) expect(text.split(`value of ${ending}`)).toHaveLength(2);
      expect(text).not.toContain('\n\n\n');
    }
  });

  it('is signed with the name of the sender where the mailbox has no signature', async () => {
    for (const starter of await mailsOf(tactic)) {
      const result = renderMailTemplate(compileMailTemplate(starter), { ...everything, 'sender.signature': null });

      expect(result.ok && result.mail.text).toMatch(/\n\nvalue of sender\.name\n\nvalue of sender\.postalAddress\n/);
    }
  });

  it('says in its first mail where the address was found, when that is known, and pretends no answer', async () => {
    const [first] = await mailsOf(tactic);
    const result = first && renderMailTemplate(compileMailTemplate(first), everything);

    expect(result?.ok && result.mail.text).toContain('I have your address from value of contact.source\n');
    expect(isMisleadingSubject(first?.subject ?? '')).toBe(false);
  });

  it('keeps the thread: the follow-up answers the first subject', async () => {
    const [first, followUp] = await mailsOf(tactic);

    expect(followUp?.subject).toBe(`Re: ${first?.subject}`);
  });
});
