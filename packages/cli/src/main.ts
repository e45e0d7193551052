#!/usr/bin/env node
import process from 'node:process';
import { outlastReader } from './outlast-reader.ts';
import { run } from './run.ts';

/** A progress bar hides the cursor while it moves. */
const SHOW_CURSOR = '\u001b[?25h';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time the user means it: whatever is half done lies in a hidden folder and is never taken for a model.
    if (interrupt.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      process.exit(130);
    }
    interrupt.abort();
  });
}

const { stdout, stderr, env } = process;
// Output that is cut short ends neither the work nor its exit code: a transfer is completed, and a damaged model is one still.
outlastReader(stderr);
outlastReader(stdout, ({ message }) => {
  stderr.write(`lexigraft: stdout could not be written, so what stands there is not complete: ${message}.\n`);
  process.once('exit', () => {
    if (process.exitCode === 0) process.exitCode = 1;
  });
});

process.exitCode = await run(process.argv.slice(2), { stdout, stderr, env, cwd: process.cwd(), signal: interrupt.signal });
