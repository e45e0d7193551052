import { LexigraftError, type SentencePair } from '@lexigraft/core';
import { SaxesParser } from 'saxes';
import type { ByteSource, PassOptions } from '../vectors/byte-source.ts';

/** A segment of more characters is no sentence; it would only fill the memory. */
const longestSegment = 1 << 24;

/**
 * Reads a TMX translation memory as a stream: one pair per `<tu>` that has both languages, text of `<seg>` with inline markup left out.
 *
 * @throws {LexigraftError} `format` if the XML is broken or holds fewer than two languages; `too-large` for a segment of more than 16 M characters
 */
export async function* readTranslationMemory(
  file: ByteSource,
  languages: readonly [string, string] | undefined,
  pass?: PassOptions,
): AsyncGenerator<SentencePair> {
  const parser = new SaxesParser({ fileName: file.path, xmlns: false as const });
  let chosen: readonly string[] | undefined = languages?.map(canonical);
  const seen = new Set<string>();
  let unit: Map<string, string> | undefined;
  let language = '';
  let segment: string | undefined;
  let [units, pairs] = [0, 0];
  const ready: SentencePair[] = [];
  const broken = (message: string, cause?: unknown): LexigraftError =>
    new LexigraftError('format', `${file.path} is not a readable TMX file: ${message}`, { path: file.path }, cause);
  parser.on('error', (error) => {
    throw broken(error.message, error);
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'tu') unit = new Map();
    else if (name === 'tuv') language = canonical(languageOf(attributes));
    else if (name === 'seg') segment = '';
    else if (segment !== undefined && markup.has(name)) skipped++;
  });
  const markup = new Set(['bpt', 'ept', 'it', 'ph', 'ut']);
  let skipped = 0;
  const addText = (text: string): void => {
    if (segment === undefined || skipped > 0) return;
    segment += text;
    if (segment.length > longestSegment)
      throw new LexigraftError('too-large', `${file.path} holds a segment of more than ${longestSegment} characters.`, { path: file.path });
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', ({ name }) => {
    if (markup.has(name) && skipped > 0) skipped--;
    else if (name === 'seg' && segment !== undefined) {
      unit?.set(language, segment.replace(/\s+/g, ' ').trim());
      seen.add(language);
      segment = undefined;
    } else if (name === 'tu' && unit !== undefined) {
      units++;
      chosen ??= unit.size >= 2 ? [...unit.keys()].slice(0, 2) : undefined;
      if (chosen !== undefined) {
        const [source, target] = chosen.map((code) => find(unit, code));
        if (source !== undefined && target !== undefined) {
          ready.push([source, target]);
          pairs++;
        }
      }
      unit = undefined;
    }
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const write = (chunk?: Uint8Array): void => {
    try {
      parser.write(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
      if (chunk === undefined) parser.close();
    } catch (cause) {
      throw cause instanceof TypeError ? broken('it is not UTF-8.', cause) : cause;
    }
  };
  for await (const chunk of file.chunks(pass)) {
    write(chunk);
    yield* ready.splice(0);
  }
  write();
  yield* ready.splice(0);
  if (pairs === 0) {
    const wanted = languages === undefined ? 'two languages' : languages.join(' and ');
    throw broken(`none of its ${units} units has ${wanted}; it holds ${[...seen].join(', ') || 'no text'}.`);
  }
}

const languageOf = (attributes: Readonly<Partial<Record<string, string>>>): string => attributes['xml:lang'] ?? attributes.lang ?? '';

const canonical = (code: string): string => code.toLowerCase().replace('_', '-');

/** `en` finds `en-gb`; an exact code is tried first. */
function find(unit: ReadonlyMap<string, string> | undefined, code: string): string | undefined {
  const exact = unit?.get(code);
  if (exact !== undefined) return exact;
  for (const [language, text] of unit ?? []) if (language.startsWith(`${code}-`)) return text;
  return undefined;
}
