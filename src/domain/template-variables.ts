/** Everything a template may insert: the name as it is written in the template, and what it stands for. */
export const TEMPLATE_VARIABLES = {
  'contact.firstName': 'First name of the contact',
  'contact.lastName': 'Last name of the contact',
  'contact.name': 'Full name of the contact',
  'contact.email': 'Address the mail goes to',
  'contact.role': 'Role of the contact, such as editor',
  'contact.source': 'Where the address of the contact was found',
  'prospect.name': 'Name of the website',
  'prospect.domain': 'Domain of the website',
  'prospect.url': 'Address of the home page of the website',
  'opportunity.pageUrl': 'Address of the page on the website that the mail is about',
  'project.name': 'Name of your project',
  'project.url': 'Address of your project',
  'targetPage.url': 'Address of the page that shall get the link',
  'targetPage.title': 'Title of the page that shall get the link',
  'campaign.name': 'Name of the campaign',
  'sender.name': 'Name in the From line of the mailbox',
  'sender.email': 'Address of the mailbox',
  'sender.signature': 'Signature of the mailbox; put at the end by itself where it is not placed',
  'sender.postalAddress': 'Postal address of the workspace; put at the end by itself where it is not placed',
  'links.report': 'Signed page where the contact reports that the link is live',
  'links.unsubscribe': 'Page where the contact ends all further mail; put at the end by itself where it is not placed',
} as const;

export type TemplateVariable = keyof typeof TEMPLATE_VARIABLES;

/** What is known for one mail. Absent, null and blank are the same: not known. */
export type TemplateValues = Readonly<Partial<Record<TemplateVariable, string | null | undefined>>>;

export function isTemplateVariable(name: string): name is TemplateVariable {
  return Object.hasOwn(TEMPLATE_VARIABLES, name);
}
