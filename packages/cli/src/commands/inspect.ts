import { open, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createAtomicFile } from '@lexigraft/checkpoint';
import { LexigraftError } from '@lexigraft/core';
import { outputFile, type OutputFile } from '../arguments/output-file.ts';
import { describeTokens } from '../inspect/describe-tokens.ts';
import { exampleTokens, findTokens } from '../inspect/find-tokens.ts';
import { openSubject, sourceNames, type Subject } from '../inspect/open-subject.ts';
import { buildReport } from '../inspect/report.ts';
import { showReport, showTokens } from '../inspect/show.ts';
import type { CommandIo } from '../io.ts';
import { distributionOf } from '../report/distribution.ts';
import { euclideanNorm } from '../report/scan-table.ts';
import { readRows, spreadSample } from '../report/spectrum.ts';
import { tolerantTable } from '../report/tolerant-table.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import { readTextLines } from '../transfer/text-lines.ts';
import { programVersion } from '../version.ts';
import { screenFor, type CommonFlags } from './common-flags.ts';

/** Flags of `lexigraft inspect`. */
export interface InspectFlags extends CommonFlags {
  readonly token?: readonly string[];
  readonly top: number;
  readonly html?: string;
  readonly source?: string;
  readonly sampleText?: string;
}

/** Tokens in the table of a page. */
const PAGE_EXAMPLES = 24;

const PAGE_START = '<!doctype html>';

/**
 * `lexigraft inspect`: the whole model, or with `--token` alone the tokens asked for.
 *
 * @throws {LexigraftError} whatever is wrong with the folder, the flags or the page's path
 */
export async function inspect(folder: string, flags: InspectFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const page = await readPageFile(flags, io);
  const texts = flags.sampleText === undefined ? undefined : await readTextLines('--sample-text', flags.sampleText, io);
  const subject = await openSubject(folder, flags.source, io);
  try {
    const { vocabulary } = subject.model.tokenizer;
    const asked = (flags.token ?? []).flatMap((token) => findTokens(vocabulary, token));
    if (asked.length > 0 && page === undefined) await inspectTokens(subject, asked, flags.top, screen, io.signal);
    else await inspectModel(subject, asked, { texts, page }, flags.top, screen, io.signal);
  } finally {
    await subject.close();
  }
}

/** Checks the flags against each other and returns where the page goes; a page that is there already is replaced, any other file is not. */
async function readPageFile({ token = [], html, sampleText }: InspectFlags, io: CommandIo): Promise<OutputFile | undefined> {
  if (token.length > 0 && html === undefined && sampleText !== undefined)
    throw new LexigraftError(
      'invalid-option',
      '--sample-text weighs the tokens of the whole model, which --token alone does not show; leave one of them out, or add --html FILE.',
      { option: '--sample-text' },
    );
  const taken = new Map<string, string>();
  if (sampleText !== undefined) {
    const path = resolve(io.cwd, sampleText);
    taken.set(await realpath(path).catch(() => path), '--sample-text');
  }
  const page = await outputFile('--html', html, true, taken, io);
  if (page !== undefined && !(await mayBecomePage(page.path)))
    throw new LexigraftError('output-exists', `--html: ${page.label} exists and is no page; choose another name.`, {
      option: '--html',
      path: page.path,
    });
  return page;
}

/** Whether a file is absent, empty or begins as pages do. */
async function mayBecomePage(path: string): Promise<boolean> {
  try {
    const { bytesRead, buffer } = await readStart(path, PAGE_START.length);
    return bytesRead === 0 || buffer.toString('latin1').toLowerCase() === PAGE_START;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

async function readStart(path: string, bytes: number): Promise<{ bytesRead: number; buffer: Buffer }> {
  const file = await open(path);
  try {
    return await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  } finally {
    await file.close();
  }
}

async function inspectTokens(subject: Subject, ids: readonly number[], top: number, screen: Screen, signal: AbortSignal): Promise<void> {
  const { model, source, recipes, note, label, remarks } = subject;
  for (const remark of remarks) screen.warning(remark);
  const tokens = await describeTokens(ids, {
    table: tolerantTable(model.input),
    vocabulary: model.tokenizer.vocabulary,
    ...(recipes === undefined ? {} : { recipe: recipes.input }),
    nameSource: sourceNames(subject),
    nearest: Math.max(3, top),
    signal,
  });
  const sourceMedian = source === undefined ? note?.sourceFigures?.report.norms.median : await medianNorm(source, signal);
  showTokens(screen, tokens, { top, strategy: note?.strategy, sourceMedian });
  screen.result({ command: 'inspect', version: programVersion(), folder: label, sourceMedianNorm: sourceMedian ?? null, tokens });
}

async function medianNorm({ input, tokenizer }: Subject['model'], signal: AbortSignal): Promise<number> {
  const ids = Uint32Array.from(tokenizer.vocabulary.tokens.keys()).filter((id) => tokenizer.vocabulary.tokens[id] !== undefined);
  const { rows, columns, data } = await readRows(tolerantTable(input), spreadSample(ids, 2048), signal);
  return distributionOf(Float64Array.from({ length: rows }, (_, i) => euclideanNorm(data.subarray(i * columns, (i + 1) * columns)))).median;
}

async function inspectModel(
  subject: Subject,
  asked: readonly number[],
  { texts, page }: { readonly texts: readonly string[] | undefined; readonly page: OutputFile | undefined },
  top: number,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const { vocabulary } = subject.model.tokenizer;
  const count = page === undefined ? top : Math.max(top, PAGE_EXAMPLES);
  const tokens = asked.length > 0 ? asked : exampleTokens(vocabulary, subject.recipes?.input, count);
  for (const remark of subject.remarks) screen.warning(remark);
  const stages = screen.stages();
  const report = await buildReport({
    subject,
    tokens,
    top: count,
    ...(texts === undefined ? {} : { texts }),
    stages,
    signal,
  });
  showReport(screen, report, top);
  if (page !== undefined) {
    const { inspectPage } = await import('../page/page.ts');
    await writePage(page.path, inspectPage(report));
    screen.line();
    screen.line(`  wrote ${printable(page.label)}`);
  }
  screen.result(report);
}

async function writePage(path: string, content: string): Promise<void> {
  const file = await createAtomicFile(path, undefined, { overwrite: true });
  await file.append(Buffer.from(content));
  await file.commit();
}
