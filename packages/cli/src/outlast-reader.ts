import type { Writable } from 'node:stream';

/** What a write fails with once nobody reads any more. */
const readerGone: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET', 'EOF']);

/**
 * Lets the work outlast the reader of its output: after a write that fails, what is written to `stream` goes nowhere.
 *
 * @param onFailure hears once why a write failed; not of a reader that has seen enough, as `head` does
 */
export function outlastReader(stream: Writable, onFailure: (reason: Error) => void = () => undefined): void {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!open) return;
    open = false;
    stream.write = () => true;
    if (!readerGone.has(error.code)) onFailure(error);
  });
}
