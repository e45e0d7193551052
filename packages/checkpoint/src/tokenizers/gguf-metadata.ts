import { open } from 'node:fs/promises';
import { gguf } from '@huggingface/gguf';
import { LexigraftError } from '@lexigraft/core';
import { readStringLists } from './gguf-string-lists.ts';
import { messageOf, openError, readSource } from './read-source.ts';

/** The metadata of a GGUF file: keys such as `tokenizer.ggml.tokens`. */
export type GgufMetadata = Readonly<Record<string, unknown>>;

/** A file as a source of byte ranges. */
interface ByteRanges {
  readonly size: number;
  read(begin: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Reads the metadata of a GGUF file, of any size: only its header is read. A compressed file is unpacked in memory.
 *
 * @throws {LexigraftError} `file-not-found` · `file-unreadable` · `too-large` · `format`
 */
export async function readGgufMetadata(path: string): Promise<GgufMetadata> {
  const ranges = await openRanges(path);
  try {
    // The library reads what it needs by HTTP ranges; it is handed a file in their place, and no address is ever contacted.
    const { metadata, littleEndian, tensorInfoByteRange } = await gguf('https://file.invalid/vocabulary.gguf', {
      fetch: (_, request) => answerRange(ranges, request),
    });
    if (tensorInfoByteRange[1] > ranges.size) throw new Error('it ends in the middle of its header');
    const header = await ranges.read(0, tensorInfoByteRange[0]);
    return { ...metadata, ...Object.fromEntries(readStringLists(header, littleEndian)) };
  } catch (cause) {
    if (cause instanceof LexigraftError) throw cause;
    const hint = (await isTextOnly(ranges)) ? '; all of it is valid UTF-8, as if it had been saved as text: copy it again as binary' : '';
    throw new LexigraftError('format', `${path} is not an intact GGUF file (${messageOf(cause)}${hint}).`, { path }, cause);
  } finally {
    await ranges.close();
  }
}

async function openRanges(path: string): Promise<ByteRanges> {
  const file = await open(path).catch((cause: unknown) => {
    throw openError(path, cause);
  });
  const facts = await file.stat();
  if (!facts.isFile()) {
    await file.close();
    throw new LexigraftError('file-unreadable', `${path} is not a regular file.`, { path });
  }
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, facts.size) - begin));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, begin);
    return bytes.subarray(0, bytesRead);
  };
  const magic = await read(0, 2);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return { size: facts.size, read, close: () => file.close() };
  await file.close();
  const bytes = await readSource(path);
  return { size: bytes.length, read: (begin, end) => Promise.resolve(bytes.subarray(begin, end)), close: () => Promise.resolve() };
}

async function answerRange(ranges: ByteRanges, request: RequestInit | undefined): Promise<Response> {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(request?.headers).get('range') ?? '') ?? [];
  const bytes = await ranges.read(Number(first), Number(last) + 1);
  return new Response(Uint8Array.from(bytes), { status: 206, headers: { 'content-range': `bytes ${first}-${last}/${ranges.size}` } });
}

/** A header has lengths and floats in it, which are never all valid UTF-8 unless something made them so. */
async function isTextOnly(ranges: ByteRanges): Promise<boolean> {
  const bytes = await ranges.read(0, Math.min(ranges.size, 1 << 20));
  const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
  return text.includes('\ufffd') && bytes.length > 0 && Buffer.from(text, 'utf8').equals(bytes.subarray(0, Buffer.byteLength(text)));
}
