type Sign = readonly [sign: RegExp, name: string];

/** In order: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari. */
const BROWSERS: readonly Sign[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

/** In order: Android calls itself Linux, an iPhone calls itself Mac OS X. */
const SYSTEMS: readonly Sign[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** A program by its own name: `curl/8.5.0`. */
const PROGRAM = /^([A-Za-z][\w.-]{0,29})\//;

/**
 * What a person recognises of a User-Agent header, as in "Firefox on Linux": no version, nothing that tells one machine from
 * another. At most 60 characters; null when the header tells nothing.
 */
export function userAgentFamily(header: string | undefined): string | null {
  if (header === undefined) return null;
  const browser = nameIn(BROWSERS, header);
  const system = nameIn(SYSTEMS, header);
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  const program = PROGRAM.exec(header)?.[1];
  return program !== undefined && program !== 'Mozilla' ? program : (system ?? null);
}

function nameIn(signs: readonly Sign[], header: string): string | undefined {
  return signs.find(([sign]) => sign.test(header))?.[1];
}
