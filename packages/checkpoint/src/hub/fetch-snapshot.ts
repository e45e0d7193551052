import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { listFiles, modelInfo } from '@huggingface/hub';
import { LexigraftError, type Progress } from '@lexigraft/core';
import { isModuleFolder } from '../folder/kept-names.ts';
import { fetchBlob, type HubFile, type HubRequest } from './fetch-blob.ts';
import { fileSize, type RepositoryCache } from './hub-cache.ts';
import { hubError, type HubConnection } from './hub-errors.ts';
import { shardsOf, WEIGHT_INDEX, wantedFiles, type HubFiles } from './hub-files.ts';

/** How a snapshot is fetched. */
export interface FetchOptions extends HubConnection {
  readonly accessToken: string | undefined;
  readonly files: HubFiles;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Brings the wanted files of a revision into the cache and returns the path of the folder, or of the file, the reference names.
 *
 * What is there is not fetched again. The revision is noted last, so that a cache used offline never shows half a model.
 *
 * @throws {LexigraftError} `download-failed`, `file-not-found`, `disk-full`, `write-failed`
 */
export async function fetchSnapshot(cache: RepositoryCache, options: FetchOptions): Promise<string> {
  const { reference, signal } = options;
  const abortable: typeof fetch = (input, init) =>
    fetch(input, { ...init, ...(signal && { signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal }) });
  try {
    const commit = await commitAt({ ...options, fetch: abortable });
    const request: HubRequest = { ...options, commit, fetch: abortable };
    const listed = await listReferenced(request, options.files === 'model');
    const nameIn = (file: HubFile): string => posix.relative(reference.path, file.path);
    const names = wantedFiles(listed.map(nameIn), options.files);
    let wanted = isSingleFile(listed, reference.path) ? listed : listed.filter((file) => names.includes(nameIn(file)));
    const index = wanted.find((file) => nameOf(file) === WEIGHT_INDEX);
    if (index !== undefined) {
      // The index alone says which shards belong to the model, and so how much there is to fetch.
      await fetchFile(cache, request, index, () => undefined);
      wanted = [...wanted, ...(await listedShards(cache, request, index, listed))];
    }
    if (wanted.length === 0) throw nothingWanted(options);
    await fetchAll(cache, request, wanted, options.onProgress);
    await cache.setCommit(reference.revision, commit);
    return cache.snapshotPath(commit, reference.path);
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw cause;
  }
}

async function commitAt(options: FetchOptions & { readonly fetch: typeof fetch }): Promise<string> {
  const { reference, endpoint, accessToken } = options;
  const { sha } = await modelInfo({
    name: reference.repository,
    revision: reference.revision,
    additionalFields: ['sha'],
    hubUrl: endpoint,
    fetch: options.fetch,
    ...(accessToken !== undefined && { accessToken }),
  }).catch((cause: unknown) => {
    throw options.signal?.aborted === true ? cause : hubError(options, 'model', cause);
  });
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) throw unexpectedAnswer(options, 'a commit');
  return sha;
}

/** Lists the files of the folder the reference names and of the modules in it, or the one file it names. */
async function listReferenced(request: HubRequest, withModules: boolean): Promise<readonly HubFile[]> {
  const { path } = request.reference;
  const parent = path === '' ? '' : parentOf(path);
  const entries = await list(request, parent);
  const named = path === '' ? undefined : entries.find((entry) => entry.path === path);
  if (path !== '' && named === undefined) {
    throw new LexigraftError('file-not-found', `${request.reference.text}: the model has no file or folder "${path}".`, {
      reference: request.reference.text,
      path,
    });
  }
  if (named?.type === 'file') return [toHubFile(request, named)];
  const inside = (named === undefined ? entries : await list(request, path)).filter((entry) => parentOf(entry.path) === path);
  const modules = withModules ? inside.filter((entry) => entry.type === 'directory' && isModuleFolder(nameOf(entry))) : [];
  const below = await Promise.all(modules.map((folder) => list(request, folder.path)));
  return [...inside, ...below.flat()].filter(({ type }) => type === 'file').map((entry) => toHubFile(request, entry));
}

interface Entry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly xetHash?: string;
  readonly lfs?: { readonly oid: string };
}

async function list(request: HubRequest, path: string): Promise<readonly Entry[]> {
  const { reference, endpoint, accessToken, commit } = request;
  const entries: Entry[] = [];
  try {
    for await (const entry of listFiles({
      repo: { type: 'model', name: reference.repository },
      revision: commit,
      hubUrl: endpoint,
      fetch: request.fetch,
      ...(path !== '' && { path }),
      ...(accessToken !== undefined && { accessToken }),
    })) {
      entries.push(entry);
    }
  } catch (cause) {
    throw request.signal?.aborted === true ? cause : hubError(request, 'list of files', cause);
  }
  return entries;
}

function toHubFile(request: HubRequest, entry: Entry): HubFile {
  const hash = entry.lfs?.oid ?? entry.xetHash ?? entry.oid ?? '';
  // Hash and name become paths, the size a limit.
  const isSound = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash) && Number.isSafeInteger(entry.size) && entry.size >= 0;
  if (!isSound) throw unexpectedAnswer(request, 'a hash and a size for every file');
  const hashKind = entry.lfs ? 'sha256' : entry.xetHash === undefined ? 'git' : 'opaque';
  return { path: entry.path, size: entry.size, hash, hashKind };
}

async function listedShards(
  cache: RepositoryCache,
  request: HubRequest,
  index: HubFile,
  listed: readonly HubFile[],
): Promise<readonly HubFile[]> {
  const shards = shardsOf(await readFile(cache.snapshotPath(request.commit, index.path), 'utf8'));
  const found = shards === undefined ? undefined : pick(listed, shards);
  if (shards === undefined || found?.length !== shards.length) {
    const missing = shards?.find((name) => !listed.some((file) => nameOf(file) === name));
    const reason = missing === undefined ? 'is no list of weights' : `names ${missing}, which is not there`;
    throw new LexigraftError('format', `${index.path} of ${request.reference.text} ${reason}: the model is damaged.`, {
      reference: request.reference.text,
      path: index.path,
    });
  }
  return found;
}

async function fetchAll(
  cache: RepositoryCache,
  request: HubRequest,
  files: readonly HubFile[],
  onProgress: FetchOptions['onProgress'],
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  const report = (bytes: number): void => {
    done += bytes;
    onProgress?.({ stage: 'download', done, total });
  };
  report(0);
  // Small files first: a repository that lacks one fails before its gigabytes come.
  for (const file of [...files].sort((a, b) => a.size - b.size)) await fetchFile(cache, request, file, report);
}

async function fetchFile(cache: RepositoryCache, request: HubRequest, file: HubFile, report: (bytes: number) => void): Promise<void> {
  request.signal?.throwIfAborted();
  if ((await fileSize(cache.snapshotPath(request.commit, file.path))) === file.size) {
    report(file.size);
    return;
  }
  const blob = cache.blobPath(file.hash);
  if ((await fileSize(blob)) === file.size) report(file.size);
  else await fetchBlob(request, file, blob, report);
  await cache.link(request.commit, file.path, file.hash);
}

function pick(listed: readonly HubFile[], names: readonly string[]): readonly HubFile[] {
  return listed.filter((file) => names.includes(nameOf(file)));
}

function isSingleFile(listed: readonly HubFile[], path: string): boolean {
  return path !== '' && listed.length === 1 && listed[0].path === path;
}

function nameOf(file: { readonly path: string }): string {
  return posix.basename(file.path);
}

function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === '.' ? '' : parent;
}

function nothingWanted({ reference, files }: FetchOptions): LexigraftError {
  const what = files === 'model' ? 'model or tokenizer files' : files === 'tokenizer' ? 'tokenizer files' : files.join(', ');
  return new LexigraftError('file-not-found', `${reference.text} holds no ${what}.`, { reference: reference.text });
}

function unexpectedAnswer({ reference, endpoint }: HubConnection, expected: string): LexigraftError {
  return new LexigraftError(
    'download-failed',
    `${endpoint} answered without ${expected} when asked about ${reference.text}: is it a Hub?`,
    { reference: reference.text, endpoint },
  );
}
