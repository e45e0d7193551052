import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  openLexicon,
  openModel,
  openPlainText,
  openTokenizer,
  openWordVectors,
  resolveModelPath,
  withRowsOf,
  type ModelFolder,
  type OpenTokenizer,
  type OpenWordVectors,
  type RecordedInput,
} from '@lexigraft/checkpoint';
import { LexigraftError, type ResourceName, type Resources } from '@lexigraft/core';
import type { CommandIo } from '../io.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { openSteeringResources } from './steering-resources.ts';
import { openParallelText } from './parallel-text.ts';
import type { TransferFlags, TransferJob } from './request.ts';
import { openTargetWords, wordFileOf } from './target-words.ts';

/** Flags that say how inputs are opened. */
export type OpeningFlags = Pick<TransferFlags, 'offline' | 'device' | 'dryRun'>;

/** Everything a transfer reads, open. */
export interface TransferInputs {
  readonly source: ModelFolder;
  readonly target: OpenTokenizer;
  /** What is rewritten: the source, or the body trained from it with the source's rows. */
  readonly rewritten: ModelFolder;
  readonly helper?: ModelFolder;
  readonly vectors?: OpenWordVectors;
  /** Everything a strategy may ask for. */
  readonly resources: Partial<Resources>;
  /** What the plan is made from beside source and target, for the record. */
  readonly recorded: readonly RecordedInput[];
  /** What the user should know about the inputs, a sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Opens the inputs of a transfer; ids of the hub are fetched first. @throws {LexigraftError} what opening a model, tokenizer or table says */
export async function openInputs(job: TransferJob, flags: OpeningFlags, io: CommandIo, stages: StageBars): Promise<TransferInputs> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((closeOne) => closeOne()));
  };
  const locate = async (flag: string, label: string, files: 'model' | 'tokenizer' = 'model'): Promise<string> => {
    const path = await locateInput(flag, label, { files, offline: flags.offline === true }, io, stages);
    stages.finish();
    return path;
  };
  const model = async (path: string): Promise<ModelFolder> => {
    const opened = await openModel(path, { signal: io.signal });
    closers.push(() => opened.close());
    return opened;
  };
  const readVectors = async (path: string): Promise<OpenWordVectors> => {
    const opened = await openWordVectors(path, {
      signal: io.signal,
      // Strategies count tokens in a stage `vectors`; this one is in bytes.
      onProgress: ({ done, total }) => {
        stages.update({ stage: 'word vectors', done, total });
      },
    });
    stages.finish();
    closers.push(() => opened.close());
    return opened;
  };
  try {
    const source = await model(await locate('--source', job.source));
    const helperPath = job.helper === undefined ? undefined : await locate('--helper', job.helper);
    const helper = helperPath === undefined ? undefined : await model(helperPath);
    const wordFile = wordFileOf(job.target);
    const targetPath = wordFile === undefined ? await locate('--target', job.target, 'tokenizer') : await locate('--target', wordFile);
    const openTarget = async (): Promise<{ readonly tokenizer: OpenTokenizer; readonly notes: readonly string[] }> => {
      if (wordFile === undefined) {
        const isHelper = helper !== undefined && helperPath !== undefined && (await isSame(helperPath, targetPath));
        return { tokenizer: isHelper ? helper.tokenizer : await openTokenizer(targetPath), notes: [] };
      }
      const listed = await readVectors(targetPath);
      return await openTargetWords(listed, source.tokenizer, job.words);
    };
    const { tokenizer: target, notes } = await openTarget();
    const recorded: RecordedInput[] = [];
    if (helperPath !== undefined) recorded.push({ role: 'helper', label: job.helper ?? '', path: helperPath });
    const bodyPath = job.body === undefined ? undefined : await locate('--body', job.body);
    const rewritten = bodyPath === undefined ? source : withRowsOf(await model(bodyPath), source);
    // The body is what is rewritten, and recorded as the source; the rows are an input beside it.
    if (bodyPath !== undefined) recorded.push({ role: 'rows', label: job.source, path: source.path });
    const openVectors = async (flag: string, role: string, label: string): Promise<OpenWordVectors> => {
      const path = await locate(flag, label);
      const opened = await readVectors(path);
      recorded.push({ role, label, path });
      return opened;
    };
    const vectors = job.vectors === undefined ? undefined : await openVectors('--vectors', 'vectors', job.vectors);
    const sourceVectors =
      job.sourceVectors === undefined ? undefined : await openVectors('--source-vectors', 'source vectors', job.sourceVectors);
    const lexiconPath = job.lexicon === undefined ? undefined : await locate('--lexicon', job.lexicon);
    const lexicon =
      lexiconPath === undefined
        ? undefined
        : await openLexicon(lexiconPath, {
            signal: io.signal,
            onProgress: stages.update,
            ...(job.lexiconOrder && { order: job.lexiconOrder }),
          });
    if (lexiconPath !== undefined) recorded.push({ role: 'lexicon', label: job.lexicon ?? '', path: lexiconPath });
    const textPath = job.text === undefined ? undefined : await locate('--text', job.text);
    const plainText = textPath === undefined ? undefined : await openPlainText(textPath);
    if (textPath !== undefined) recorded.push({ role: 'text', label: job.text ?? '', path: textPath });
    const text = job.parallelText === undefined ? undefined : await openParallelText(job.parallelText, stages.update);
    if (text !== undefined) recorded.push(...text.recorded);
    const steering = await openSteeringResources({
      needs: job.strategy.needs as readonly ResourceName[],
      texts: job.texts,
      source,
      device: flags.device,
      locate,
      rehearsal: flags.dryRun === true,
      signal: io.signal,
      onProgress: stages.update,
    });
    closers.push(() => {
      steering.close();
      return Promise.resolve();
    });
    recorded.push(...steering.recorded);
    stages.finish();
    const resources: Partial<Resources> = {
      ...steering.resources,
      ...(helper && { helper }),
      ...(vectors && { vectors }),
      ...(sourceVectors && { sourceVectors }),
      ...(lexicon && { lexicon }),
      ...(text && { parallelText: text.parallelText }),
      ...(plainText && { text: plainText }),
    };
    return {
      source,
      rewritten,
      target,
      ...(helper && { helper }),
      ...(vectors && { vectors }),
      resources,
      recorded,
      notes: [...notes, ...steering.notes],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What of a hub's repository is fetched, and whether the network may be used; it is never used when `HF_HUB_OFFLINE` says so. */
export interface FetchOptions {
  readonly files: 'model' | 'tokenizer';
  readonly offline: boolean;
}

/**
 * Returns the path of an input: fetched from the hub for `hf:…`, otherwise resolved and looked at.
 *
 * @throws {LexigraftError} `file-not-found`, `offline`, `download-failed`
 */
export async function locateInput(
  flag: string,
  label: string,
  { files, offline }: FetchOptions,
  io: CommandIo,
  stages: StageBars,
): Promise<string> {
  if (label.startsWith('hf:')) {
    return await resolveModelPath(label, { files, signal: io.signal, onProgress: stages.update, ...(offline && { offline }) });
  }
  const path = resolve(io.cwd, label);
  if ((await stat(path).catch(() => undefined)) === undefined)
    throw new LexigraftError('file-not-found', `${flag}: ${label} does not exist.`, { option: flag, path });
  return path;
}

async function isSame(one: string, other: string): Promise<boolean> {
  return (await realpath(one)) === (await realpath(other));
}
