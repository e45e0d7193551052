import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

describe('the command line', () => {
  it('prints its help for no arguments and for --help, and ends well', async () => {
    const [none, asked] = [await runProgram([]), await runProgram(['--help'])];
    expect(none).toEqual(asked);
    expect(asked.code).toBe(0);
    for (const command of ['transfer', 'inspect', 'verify', 'strategies', 'doctor']) expect(asked.stdout).toContain(`  ${command} `);
    expect(asked.stderr).toBe('');
  });

  it('keeps its help within 100 columns', async () => {
    for (const argv of [
      ['--help'],
      ['transfer', '--help'],
      ['inspect', '--help'],
      ['verify', '--help'],
      ['strategies'],
      ['doctor', '--help'],
    ]) {
      const { stdout } = await runProgram(argv);
      for (const line of stdout.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(100);
    }
  });

  it('prints its version alone', async () => {
    expect(await runProgram(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
  });

  it('gives an error one sentence on stderr, and with --json a document on stdout', async () => {
    const argv = ['transfer', '--source', 'x', '--strategy', 'saltt', '--out', 'y'];
    const plain = await runProgram(argv);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toMatch(/^lexigraft: There is no strategy `saltt`\. Did you mean `salt`\?/);
    const { stdout, stderr, code } = await runProgram([...argv, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'unknown-strategy', details: { id: 'saltt' } } });
    expect(stderr).toBe(plain.stderr);
  });

  it('shows a stack only when asked to', async () => {
    const argv = ['verify', 'no-such-folder'];
    expect((await runProgram(argv)).stderr).not.toContain('    at ');
    expect((await runProgram([...argv, '--debug'])).stderr).toContain('    at ');
    expect((await runProgram(argv, { env: { LEXIGRAFT_DEBUG: '1' } })).stderr).toContain('    at ');
  });

  it('shows control characters of a name as they are spelled, in a stack too', async () => {
    const { stderr } = await runProgram(['verify', 'no\u001b[31m-such\u0007-folder', '--debug']);
    expect(stderr).toContain('    at ');
    expect(stderr).toContain('no\\u001b[31m-such\\u0007-folder');
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('ends with 130 and a word when it was interrupted', async () => {
    const { code, stderr } = await runProgram(['doctor'], { signal: AbortSignal.abort() });
    expect(code).toBe(130);
    expect(stderr).toBe('lexigraft: interrupted; nothing was left half-written.\n');
  });
});

describe('lexigraft strategies', () => {
  it('lists every strategy with what it needs and where it was published', async () => {
    const { code, stdout, stderr } = await runProgram(['strategies', '--json']);
    const { strategies } = JSON.parse(stdout) as {
      strategies: { id: string; needs: string[]; summary: string; citation: { title: string; url: string } }[];
    };
    expect(code).toBe(0);
    expect(Object.fromEntries(strategies.map(({ id, needs }) => [id, needs]))).toMatchObject({
      salt: ['helper', 'vectors'],
      copy: [],
      random: [],
      mean: [],
      multivariate: [],
      subtokens: [],
      focus: ['vectors'],
      clp: ['helper'],
      'clp-plus': ['helper'],
    });
    for (const { summary, citation } of strategies)
      expect([summary, citation.title, citation.url].every((text) => text.length > 5)).toBe(true);
    expect(stderr).toContain('salt');
  });

  it('says nothing to people under --quiet, and the document all the same', async () => {
    const { stdout, stderr } = await runProgram(['strategies', '--json', '--quiet']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toHaveProperty('strategies');
  });
});

describe('lexigraft doctor', () => {
  it('measures the engine that always works and gives a reason for each that does not', async () => {
    const { code, stdout } = await runProgram(['doctor', '--json', '--threads', '1']);
    const { engines, packages } = JSON.parse(stdout) as {
      engines: { name: string; usable: boolean; gigaflops?: number; reason?: string }[];
      packages: { name: string }[];
    };
    expect(code).toBe(0);
    expect(engines.map(({ name }) => name)).toEqual([
      'onnxruntime cpu',
      'onnxruntime webgpu',
      'onnxruntime cuda',
      'tfjs wasm',
      'tfjs native',
      'tfjs webgpu',
      'tfjs cuda',
      'plain',
    ]);
    expect(engines.find(({ name }) => name === 'plain')).toMatchObject({ usable: true });
    for (const { usable, gigaflops, reason } of engines) expect(usable ? (gigaflops ?? 0) > 0 : (reason ?? '').length > 0).toBe(true);
    expect(packages.map(({ name }) => name)).toContain('onnxruntime-node');
  });
});
