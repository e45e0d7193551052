import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { outlastReader } from './outlast-reader.ts';

/** A stream of which every write fails with `code`, and how many it took. */
function failing(code: string): { readonly stream: Writable; readonly writes: () => number } {
  let writes = 0;
  const stream = new Writable({
    autoDestroy: false,
    write(_chunk, _encoding, done) {
      writes++;
      done(Object.assign(new Error(`write ${code}`), { code }));
    },
  });
  return { stream, writes: () => writes };
}

it.each(['EPIPE', 'ECONNRESET'])('writes nothing more once the reader has gone, without a word: %s', async (code) => {
  const reasons: Error[] = [];
  const { stream, writes } = failing(code);
  outlastReader(stream, (reason) => reasons.push(reason));
  stream.write('first');
  await setImmediate();
  expect(stream.write('second')).toBe(true);
  await setImmediate();
  expect({ writes: writes(), reasons }).toEqual({ writes: 1, reasons: [] });
});

it('says once why output is lost for another reason', async () => {
  const reasons: Error[] = [];
  const { stream } = failing('ENOSPC');
  outlastReader(stream, (reason) => reasons.push(reason));
  stream.write('first');
  stream.write('second');
  await setImmediate();
  stream.write('third');
  await setImmediate();
  expect(reasons.map(({ message }) => message)).toEqual(['write ENOSPC']);
});
