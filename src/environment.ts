/** For the commands and the server: whoever starts first reads it here. */
export function environment(): NodeJS.ProcessEnv {
  return process.env; // eslint-disable-line no-restricted-properties -- the one place that reads it; everything else asks AppConfig
}
