import { hidesContent } from './hidden-style.js';

describe('hidesContent', () => {
  it.each([
    'display:none',
    'DISPLAY : NONE !important',
    'color:red;display:none',
    'visibility:hidden',
    'visibility: collapse',
    'content-visibility:hidden',
    'opacity:0',
    'opacity: 0.0',
    'font-size:0',
    'font-size:0px',
    'color:transparent',
    'width:0;overflow:hidden',
    'max-height:0px; overflow:hidden',
    'text-indent:-9999px',
    'position:absolute;left:-9999px',
    'position:fixed; top:-1000px',
    'position:absolute; left:-999em',
    'position:absolute; clip:rect(0,0,0,0)',
    'position:absolute;clip: rect(1px 1px 1px 1px)',
    'clip-path: inset(50%)',
    'transform:scale(0)',
  ])('by style="%s"', (style) => {
    expect(hidesContent(new Map([['style', style]]))).toBe(true);
  });

  it.each([
    'line-height:0.9',
    'line-height:0',
    'opacity:0.5',
    'opacity:.05',
    'font-size:0.9em',
    'display:none-such',
    'width:0',
    'height:100px;overflow:hidden',
    'margin-left:-9999px',
    'left:-9999px',
    'text-indent:-10px',
    'position:absolute;left:-10px',
    'transform:scale(0.5)',
    'background:url(display:none)',
    '--display:none',
  ])('not by style="%s"', (style) => {
    expect(hidesContent(new Map([['style', style]]))).toBe(false);
  });

  it('by the attribute hidden, whatever its value', () => {
    expect(hidesContent(new Map([['hidden', '']]))).toBe(true);
    expect(hidesContent(new Map([['hidden', 'until-found']]))).toBe(true);
    expect(hidesContent(new Map([['class', 'hidden']]))).toBe(false);
  });
});
