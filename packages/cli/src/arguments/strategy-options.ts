import { LexigraftError, type Json } from '@lexigraft/core';

/**
 * Reads `--option name=value` flags into the options of a strategy.
 *
 * A value is read as JSON where it is a number, `true`, `false`, `null`, a list, an object or a quoted string, and as plain text otherwise.
 *
 * A name may have that of a strategy before it, which may be a path; the first `=` ends it.
 *
 * @throws {LexigraftError} `invalid-option` for a flag without a name or `=`, for broken JSON, and for a name given twice
 */
export function parseStrategyOptions(flags: readonly string[]): Readonly<Record<string, Json>> {
  const options = new Map<string, Json>();
  for (const flag of flags) {
    const equals = flag.indexOf('=');
    const name = flag.slice(0, Math.max(0, equals)).trim();
    if (name === '')
      throw new LexigraftError('invalid-option', `--option must look like name=value, received \`${flag}\`.`, {
        option: 'option',
        received: flag,
      });
    if (!isName(name))
      throw new LexigraftError(
        'invalid-option',
        `--option ${flag}: \`${name}\` is not an option's name; expected NAME=VALUE, or in a chain STRATEGY.NAME=VALUE.`,
        { option: name },
      );
    if (options.has(name)) throw new LexigraftError('invalid-option', `--option ${name} was given twice.`, { option: name });
    options.set(name, parseValue(name, flag.slice(equals + 1)));
  }
  return Object.fromEntries(options);
}

/** A strategy knows best what its options are called; all that is held is that something is named, and no object's prototype. */
function isName(name: string): boolean {
  return !/(?:^|\.)(?:__proto__)?$/.test(name);
}

function parseValue(name: string, text: string): Json {
  const trimmed = text.trim();
  if (/^[[{"]/.test(trimmed)) return parseJson(name, trimmed);
  if (trimmed === 'true' || trimmed === 'false' || trimmed === 'null') return JSON.parse(trimmed) as Json;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  return text;
}

function parseJson(name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new LexigraftError(
      'invalid-option',
      `--option ${name}: \`${text}\` begins like JSON and is not; write text that begins so in double quotes.`,
      { option: name, received: text },
    );
  }
}
