import { LexigraftError } from '@lexigraft/core';

/** Which of the languages is which. */
export interface LanguageRoles {
  readonly central: string;
  /** Every language but the central one. */
  readonly others: readonly string[];
  /** The language to go to; absent where several could be meant and none is needed. */
  readonly language?: string;
}

/**
 * Tells the languages of the texts apart.
 *
 * @throws {LexigraftError} `empty-input` with fewer than two, `invalid-option` for one that is not among them, or given twice
 */
export function languageRoles(
  languages: readonly string[],
  { language, central = languages[0] }: { readonly language?: string | undefined; readonly central?: string | undefined },
): LanguageRoles {
  if (languages.length < 2) {
    throw new LexigraftError(
      'empty-input',
      `\`lens\` compares languages and needs texts of two or more (\`resources.texts\`; on the command line \`--texts language=file\` once for each); it has ${languages.length === 0 ? 'none' : `${languages[0]} alone`}.`,
      { languages: [...languages] },
    );
  }
  const twice = languages.find((name, index) => languages.indexOf(name) !== index);
  if (twice !== undefined)
    throw new LexigraftError('invalid-option', `\`resources.texts\` names \`${twice}\` twice.`, { languages: [...languages] });
  for (const [option, value] of [
    ['central', central],
    ['language', language],
  ] as const) {
    if (value === undefined || languages.includes(value)) continue;
    throw new LexigraftError(
      'invalid-option',
      `\`lens\`: option \`${option}\` is '${value}'; there are texts of ${languages.join(', ')}.`,
      {
        option,
        received: value,
        known: [...languages],
      },
    );
  }
  if (language !== undefined && language === central) {
    throw new LexigraftError('invalid-option', `\`lens\`: option \`language\` is the central language '${central}' itself.`, {
      option: 'language',
      received: language,
    });
  }
  const others = languages.filter((name) => name !== central);
  const found = language ?? (others.length === 1 ? others[0] : undefined);
  return { central, others, ...(found !== undefined && { language: found }) };
}

/** The language to go to. @throws {LexigraftError} `invalid-option` if none was named */
export function goalOf({ language, others }: LanguageRoles, mode: string): string {
  if (language !== undefined) return language;
  throw new LexigraftError(
    'invalid-option',
    `\`lens\`: mode '${mode}' needs the option \`language\`, the language to go to: ${others.join(' or ')}.`,
    {
      option: 'language',
      known: [...others],
    },
  );
}
