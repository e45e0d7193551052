import { setMaxListeners } from 'node:events';
import { isLexigraftError } from '@lexigraft/core';
import { CommanderError } from 'commander';
import { exitCodeOf } from './exit-codes.ts';
import type { CommandIo, ExitCode } from './io.ts';
import { createProgram } from './program.ts';
import { createPalette } from './screen/palette.ts';
import { printable } from './screen/printable.ts';

/**
 * Runs the program with the arguments after its name and returns its exit code: 0 done, 2 bad input, 1 failure, 130 interrupted.
 *
 * Never throws and never ends the process. An error is one message on stderr; under `--json` stdout carries `{ "error": { code, message, details } }`.
 */
export async function run(argv: readonly string[], outside: CommandIo): Promise<ExitCode> {
  const io = { ...outside, closers: [] as (() => void)[] };
  let exitCode: ExitCode = 0;
  // Every task under way listens, and there may be hundreds.
  setMaxListeners(0, io.signal);
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    for (const close of io.closers) close();
    // A command of commands that was given none of them has printed its help.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    return reportError(error, argv, io);
  }
}

function reportError(error: unknown, argv: readonly string[], io: CommandIo): ExitCode {
  const interrupted = io.signal.aborted;
  const code = interrupted ? 130 : error instanceof CommanderError ? 2 : exitCodeOf(error);
  const message = interrupted ? 'interrupted; nothing was left half-written.' : messageOf(error);
  const palette = createPalette(io.stderr, io.env);
  io.stderr.write(`${palette.bad('lexigraft')}: ${printable(message, { keepLineBreaks: true })}\n`);
  if (argv.includes('--debug') || (io.env.LEXIGRAFT_DEBUG ?? '') !== '')
    io.stderr.write(`${printable(describe(error), { keepLineBreaks: true })}\n`);
  if (argv.includes('--json'))
    io.stdout.write(
      `${JSON.stringify({ error: { code: errorCodeOf(error, interrupted), message, details: isLexigraftError(error) ? error.details : {} } }, null, 2)}\n`,
    );
  return code;
}

function errorCodeOf(error: unknown, interrupted: boolean): string {
  if (interrupted) return 'interrupted';
  if (error instanceof CommanderError) return 'invalid-option';
  return isLexigraftError(error) ? error.code : 'unexpected';
}

function messageOf(error: unknown): string {
  if (isLexigraftError(error)) return error.message;
  if (error instanceof CommanderError) return commanderMessage(error);
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected failure: ${message}\nRun again with --debug to see where.`;
}

/** commander's sentences begin with `error: `, and a suggestion follows on its own line. */
function commanderMessage({ message }: CommanderError): string {
  const [sentence, ...hints] = message
    .replace(/^error: /, '')
    .split('\n')
    .filter((line) => line !== '');
  return [`${sentence.replace(/\.$/, '')}.`, ...hints.map((hint) => hint.replace(/^\((.*)\)$/, '$1'))].join(' ');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = isLexigraftError(error) ? `${error.code} ${JSON.stringify(error.details)}\n` : '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return `${details}${error.stack ?? error.message}${cause}`;
}
