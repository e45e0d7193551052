import { LexigraftError } from '@lexigraft/core';

/** Returns a flag that a command cannot do without. @throws {LexigraftError} `invalid-option`, with what it is and where to read on */
export function requiredFlag(flag: string, value: string | undefined, what: string, command: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new LexigraftError('invalid-option', `${flag} is missing: ${what}. See lexigraft ${command} --help`, { option: flag });
}
