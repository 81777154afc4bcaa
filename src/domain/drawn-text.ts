/** The lines between `<!-- drawn: name -->` and `<!-- end: name -->`, replaced. A mark that is missing leaves the text as it is. */
export function fillDrawn(text: string, name: string, drawing: string): string {
  const [start, end] = [`<!-- drawn: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return text;
  return `${text.slice(0, from + start.length)}\n${drawing}\n${text.slice(to)}`;
}
