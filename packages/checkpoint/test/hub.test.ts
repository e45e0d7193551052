import { lstat, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveModelPath, type ResolveModelOptions } from '@lexigraft/checkpoint';
import { useTemporaryFolder } from './support/temporary-folder.ts';
import { useToyHub } from './support/toy-hub.ts';

const inFolder = useTemporaryFolder();
const hub = useToyHub();
const resolve = (path: string, options: ResolveModelOptions = {}): Promise<string> =>
  resolveModelPath(path, { cacheDirectory: inFolder('cache'), endpoint: hub.endpoint, ...options });
const cached = (...parts: readonly string[]): string => inFolder('cache', 'models--org--name', ...parts);
const snapshot = (...parts: readonly string[]): string => cached('snapshots', hub.commit, ...parts);
const filesBelow = async (path: string): Promise<string[]> => (await readdir(path, { recursive: true }).catch(() => [])).sort();
const downloads = (): string[] => hub.requests.flatMap((request) => /^GET \/org\/name\/resolve\/[^/]+\/(.+)$/.exec(request)?.[1] ?? []);

beforeEach(() => {
  for (const name of ['HF_TOKEN', 'HF_HUB_OFFLINE', 'HF_ENDPOINT', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'XDG_CACHE_HOME'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('HF_HOME', inFolder('home'));
  hub.files = {
    'config.json': '{}',
    'tokenizer.json': '{"model":{}}',
    'generation_config.json': '{"a":1}',
    'model.safetensors': new Uint8Array(3_000_000).fill(7),
    'pytorch_model.bin': 'never',
    'README.md': 'never',
    'onnx/config.json': '{"onnx":1}',
    'onnx/model.safetensors': 'onnx',
  };
  hub.large = new Set(['model.safetensors']);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('paths', () => {
  it('on disk are returned as they are', async () => {
    expect(await resolve(inFolder('.'))).toBe(inFolder('.'));
    expect(hub.requests).toEqual([]);
  });

  it('that do not exist are named, with a hint where a model on the Hub may be meant', async () => {
    await expect(resolve('./no/such')).rejects.toMatchObject({ code: 'file-not-found', message: 'There is no file or folder ./no/such.' });
    await expect(resolve('org/name')).rejects.toMatchObject({
      message: 'There is no file or folder org/name. For a model on the Hub write hf:org/name.',
    });
  });

  it.each([
    'hf:',
    'hf:/x',
    'hf:org/',
    'hf:org/../etc',
    'hf:../x',
    'hf:org/name@',
    'hf:org/name@../../x',
    'hf:org/name/../../x',
    'hf:org/name@%2e%2e',
    'hf:org/name@%',
    'hf:org/na me',
    'hf:org/name/a\\b',
    'hf:org/name//x',
  ])('like %s are refused', async (path) => {
    await expect(resolve(path)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('is no model on the Hub; write hf:organisation/name') as string,
    });
    expect(hub.requests).toEqual([]);
  });
});

describe('a model on the Hub', () => {
  it('comes into the shared cache layout, with the files that are needed alone', async () => {
    expect(await resolve('hf:org/name')).toBe(snapshot());
    expect(await filesBelow(snapshot())).toEqual(['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json']);
    expect((await readFile(snapshot('model.safetensors'))).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
    expect(await readFile(cached('refs', 'main'), 'utf8')).toBe(hub.commit);
    expect((await lstat(snapshot('config.json'))).isSymbolicLink()).toBe(true);
    expect(await readlink(snapshot('config.json'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(await readlink(snapshot('model.safetensors'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect((await filesBelow(cached('blobs'))).every((name) => /^[0-9a-f]+$/.test(name))).toBe(true);
  });

  it('brings all that would be read of the same folder on disk', async () => {
    const beside = {
      'steering.safetensors': 'edits',
      'hydra.json': '{}',
      'modules.json': '[]',
      'modeling_own.py': 'code',
      LICENSE: 'terms',
      '1_Pooling/config.json': '{}',
      '2_Dense/model.safetensors': 'dense',
    };
    Object.assign(hub.files, beside, { '1_Pooling/README.md': 'never', 'runs/1_x/config.json': 'never' });
    await resolve('hf:org/name');
    const found = await filesBelow(snapshot());
    expect(found).toEqual(expect.arrayContaining(Object.keys(beside)));
    expect(found.filter((name) => /README|onnx|runs|bin$/.test(name))).toEqual([]);
    expect(await readFile(snapshot('2_Dense', 'model.safetensors'), 'utf8')).toBe('dense');
    // In a folder of the repository too, and for a tokenizer none of it.
    Object.assign(hub.files, { 'sub/config.json': '{}', 'sub/model.safetensors': 'w', 'sub/1_Pooling/config.json': '{"sub":1}' });
    hub.commit = 'd'.repeat(40);
    await resolve('hf:org/name/sub');
    expect(await filesBelow(snapshot('sub'))).toEqual(['1_Pooling', '1_Pooling/config.json', 'config.json', 'model.safetensors']);
    hub.commit = 'e'.repeat(40);
    await resolve('hf:org/name', { files: 'tokenizer' });
    expect(await filesBelow(snapshot())).toEqual(['config.json', 'tokenizer.json']);
  });

  it('is not fetched twice', async () => {
    await resolve('hf:org/name');
    hub.requests.length = 0;
    expect(await resolve('hf:org/name')).toBe(snapshot());
    expect(downloads()).toEqual([]);
  });

  it('at a commit that is in the cache needs no request at all', async () => {
    await resolve('hf:org/name');
    hub.requests.length = 0;
    expect(await resolve(`hf:org/name@${hub.commit}`)).toBe(snapshot());
    expect(hub.requests).toEqual([]);
  });

  it('shares contents that did not change between revisions', async () => {
    await resolve('hf:org/name');
    hub.commit = 'b'.repeat(40);
    hub.files['config.json'] = '{"changed":true}';
    hub.requests.length = 0;
    expect(await resolve('hf:org/name@v1')).toBe(snapshot());
    expect(new Set(downloads())).toEqual(new Set(['config.json']));
    expect(await readFile(cached('refs', 'v1'), 'utf8')).toBe('b'.repeat(40));
    expect(await readFile(cached('refs', 'main'), 'utf8')).toBe('a'.repeat(40));
  });

  it('may be asked for by branch, pull request, folder or file', async () => {
    expect(await resolve('hf:org/name@refs/pr/1/onnx')).toBe(snapshot('onnx'));
    expect(await filesBelow(snapshot())).toEqual(['onnx', 'onnx/config.json', 'onnx/model.safetensors']);
    expect(await resolve('hf:org/name/onnx@main')).toBe(snapshot('onnx'));
    expect(await resolve('hf:org/name/README.md')).toBe(snapshot('README.md'));
    expect(await readFile(snapshot('README.md'), 'utf8')).toBe('never');
    await expect(resolve('hf:org/name/none')).rejects.toMatchObject({
      code: 'file-not-found',
      message: 'hf:org/name/none: the model has no file or folder "none".',
    });
  });

  it('may be asked for without its weights, or for files by name', async () => {
    await resolve('hf:org/name', { files: 'tokenizer' });
    expect(await filesBelow(snapshot())).toEqual(['config.json', 'tokenizer.json']);
    await resolve('hf:org/name', { files: ['README.md'] });
    expect(await filesBelow(snapshot())).toEqual(['README.md', 'config.json', 'tokenizer.json']);
    await expect(resolve('hf:org/name', { files: ['x'] })).rejects.toMatchObject({
      code: 'file-not-found',
      message: 'hf:org/name holds no x.',
    });
  });

  it('in shards brings the shards its index names, and not the same weights twice', async () => {
    Object.assign(hub.files, {
      'model.safetensors.index.json': JSON.stringify({
        weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors', c: 'model-00001-of-00002.safetensors' },
      }),
      'model-00001-of-00002.safetensors': 'one',
      'model-00002-of-00002.safetensors': 'two',
      'consolidated.safetensors': 'never',
    });
    await resolve('hf:org/name');
    expect(await filesBelow(snapshot())).toEqual([
      'config.json',
      'generation_config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
    ]);
  });

  it.each([
    ['names a shard that is not there', '{"weight_map":{"a":"model-1.safetensors"}}', 'names model-1.safetensors, which is not there'],
    ['names a path', '{"weight_map":{"a":"../../x.safetensors"}}', 'is no list of weights'],
    ['is no JSON', '{', 'is no list of weights'],
    ['has no list', '{}', 'is no list of weights'],
  ])('whose index %s is refused', async (_, index, message) => {
    hub.files['model.safetensors.index.json'] = index;
    await expect(resolve('hf:org/name')).rejects.toMatchObject({
      code: 'format',
      message: `model.safetensors.index.json of hf:org/name ${message}: the model is damaged.`,
    });
  });

  it('reports bytes, never falling, up to the total', async () => {
    const seen: number[] = [];
    const total = ['config.json', 'tokenizer.json', 'generation_config.json', 'model.safetensors'].reduce(
      (sum, name) => sum + hub.files[name].length,
      0,
    );
    const onProgress: NonNullable<ResolveModelOptions['onProgress']> = (progress) => {
      seen.push(progress.done);
      expect(progress).toMatchObject({ stage: 'download', total });
    };
    await resolve('hf:org/name', { onProgress });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(total);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    seen.length = 0;
    await resolve('hf:org/name', { onProgress });
    expect(seen.at(-1)).toBe(total);
  });

  it('is asked for with the token, when there is one', async () => {
    const seen = new Set<string | undefined>();
    hub.mischief = (_, __, request) => {
      seen.add(request.headers.authorization);
      return false;
    };
    await resolve('hf:org/name', { token: 'hf_option' });
    expect([...seen]).toEqual(['Bearer hf_option']);
    seen.clear();
    await rm(inFolder('cache'), { recursive: true });
    vi.stubEnv('HF_TOKEN', 'hf_environment');
    await resolve('hf:org/name');
    expect([...seen]).toEqual(['Bearer hf_environment']);
    vi.stubEnv('HF_TOKEN', 'environment');
    await expect(resolve('hf:org/name')).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'The access token in HF_TOKEN must start with "hf_".',
    });
  });

  it('is found through the settings all Hugging Face tools share', async () => {
    vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
    expect(await resolveModelPath('hf:org/name')).toBe(inFolder('home', 'hub', 'models--org--name', 'snapshots', hub.commit));
    vi.stubEnv('HF_HUB_CACHE', inFolder('elsewhere'));
    expect(await resolveModelPath('hf:org/name')).toBe(inFolder('elsewhere', 'models--org--name', 'snapshots', hub.commit));
    vi.stubEnv('HF_ENDPOINT', 'huggingface.co');
    await expect(resolveModelPath('hf:org/name')).rejects.toMatchObject({ code: 'invalid-option' });
  });
});

describe('offline', () => {
  it('uses what is in the cache, by option or by HF_HUB_OFFLINE', async () => {
    await resolve('hf:org/name@v1');
    hub.requests.length = 0;
    expect(await resolve('hf:org/name@v1', { offline: true })).toBe(snapshot());
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await resolve('hf:org/name@v1')).toBe(snapshot());
    expect(await resolve('hf:org/name@v1/config.json')).toBe(snapshot('config.json'));
    expect(hub.requests).toEqual([]);
    expect(await resolve('hf:org/name@v1', { offline: false })).toBe(snapshot());
    expect(hub.requests.length).toBeGreaterThan(0);
  });

  it('says what is missing', async () => {
    const offline = (path: string, options?: ResolveModelOptions): Promise<string> => resolve(path, { offline: true, ...options });
    const refusal = (path: string, missing: string): object => ({
      code: 'offline',
      message: `${path} cannot be fetched while the network is switched off, and ${missing} (${inFolder('cache')}).`,
    });
    await expect(offline('hf:org/name')).rejects.toMatchObject(refusal('hf:org/name', 'revision "main" is not in the cache'));
    await resolve('hf:org/name', { files: 'tokenizer' });
    await expect(offline('hf:org/name')).rejects.toMatchObject(refusal('hf:org/name', 'the cache has no model.safetensors of it'));
    expect(await offline('hf:org/name', { files: 'tokenizer' })).toBe(snapshot());
    await expect(offline('hf:org/name', { files: ['vocab.txt'] })).rejects.toMatchObject(
      refusal('hf:org/name', 'the cache has no vocab.txt of it'),
    );
    await expect(offline('hf:org/name/onnx')).rejects.toMatchObject(refusal('hf:org/name/onnx', '"onnx" is not in the cache'));
    await expect(offline(`hf:org/name@${'c'.repeat(40)}`)).rejects.toMatchObject(
      refusal(`hf:org/name@${'c'.repeat(40)}`, `commit ${'c'.repeat(40)} is not in the cache`),
    );
  });

  it('does not take a snapshot with a lost content, or a missing shard, for a whole one', async () => {
    Object.assign(hub.files, {
      'model.safetensors.index.json': '{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}',
      'model-1.safetensors': 'one',
      'model-2.safetensors': 'two',
    });
    await resolve('hf:org/name');
    await rm(cached('blobs', (await readlink(snapshot('model-2.safetensors'))).split('/').at(-1) ?? ''));
    await expect(resolve('hf:org/name', { offline: true })).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining('the cache has no model-2.safetensors of it') as string,
    });
    await resolve('hf:org/name');
    expect(await readFile(snapshot('model-2.safetensors'), 'utf8')).toBe('two');
  });
});

describe('failures', () => {
  const answerWith = (match: RegExp, status: number, body = ''): void => {
    hub.mischief = (path, response) => {
      if (!match.test(path)) return false;
      response.writeHead(status).end(body);
      return true;
    };
  };

  it.each([
    [
      'an unknown revision',
      'hf:org/name@none',
      404,
      /never/,
      'has no model for hf:org/name@none (404): check its name and revision "none".',
    ],
    ['an unknown model', 'hf:org/other', 404, /never/, 'has no model for hf:org/other (404): check its name and revision "main".'],
    [
      'a private model',
      'hf:org/name',
      401,
      /revision/,
      'refuses hf:org/name (401): it does not exist, is private or is gated; for the last two set HF_TOKEN to a token that may read it.',
    ],
    [
      'a gated file',
      'hf:org/name',
      403,
      /resolve/,
      'refuses hf:org/name (403): it does not exist, is private or is gated; for the last two set HF_TOKEN to a token that may read it.',
    ],
    [
      'too many requests',
      'hf:org/name',
      429,
      /tree/,
      'asks to slow down (429) while fetching list of files of hf:org/name: try again in a few minutes.',
    ],
    ['a broken server', 'hf:org/name', 500, /resolve.*config/, 'answered 500 when asked for config.json of hf:org/name: try again later.'],
  ])('from %s are one sentence', async (_, path, statusCode, match, message) => {
    answerWith(match, statusCode);
    await expect(resolve(path)).rejects.toMatchObject({
      code: 'download-failed',
      message: `${hub.endpoint} ${message}`,
      details: { statusCode },
    });
    expect(await filesBelow(cached('refs'))).toEqual([]);
  });

  it('of a token speak of the token', async () => {
    answerWith(/revision/, 403);
    await expect(resolve('hf:org/name', { token: 'hf_x' })).rejects.toMatchObject({
      message: `${hub.endpoint} refuses hf:org/name (403): the token in use may not read it; if the model is gated, accept its terms on its page.`,
    });
  });

  it('of the network are one sentence, with a hint when the cache would do', async () => {
    await resolve('hf:org/name');
    const closed = `http://127.0.0.1:${await closedPort()}`;
    const rejected = expect(resolve('hf:org/name', { endpoint: closed })).rejects;
    await rejected.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+ cannot be reached for model of hf:org\/name \(connect ECONNREFUSED .+\): check the connection\. The cache holds a copy; set HF_HUB_OFFLINE=1 to use it\.$/,
      ) as string,
    });
    await expect(resolve('hf:org/other', { endpoint: closed })).rejects.toMatchObject({
      message: expect.stringMatching(/: check the connection\.$/) as string,
    });
  });

  it.each([
    ['cut off', (content: Buffer) => content.subarray(0, 1_000_000)],
    ['too long', (content: Buffer) => Buffer.concat([content, content])],
    ['altered', (content: Buffer) => Buffer.concat([content.subarray(1), Buffer.of(0)])],
  ])('of a file that arrives %s leave nothing behind and can be repeated', async (_, damage) => {
    hub.mischief = (path, response, request) => {
      if (!path.endsWith('/model.safetensors') || request.headers.range !== undefined) return false;
      response.writeHead(200).end(damage(Buffer.from(hub.files['model.safetensors'])));
      return true;
    };
    await expect(resolve('hf:org/name')).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('model.safetensors of hf:org/name arrived damaged: ') as string,
    });
    expect((await filesBelow(cached('blobs'))).every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
    expect(await filesBelow(cached('refs'))).toEqual([]);
    hub.mischief = undefined;
    await resolve('hf:org/name');
    expect((await readFile(snapshot('model.safetensors'))).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
  });

  it('of a connection that breaks leave nothing behind', async () => {
    hub.mischief = (path, response, request) => {
      if (!path.endsWith('/model.safetensors') || request.headers.range !== undefined) return false;
      response.writeHead(200, { 'content-length': 3_000_000 });
      response.write(Buffer.alloc(500_000, 7), () => {
        response.destroy();
      });
      return true;
    };
    await expect(resolve('hf:org/name')).rejects.toMatchObject({ code: 'download-failed' });
    expect((await filesBelow(cached('blobs'))).every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
  });

  it('leave a cache file that another tool wrote half alone, and fetch it', async () => {
    await resolve('hf:org/name', { files: ['config.json'] });
    const [blob] = await filesBelow(cached('blobs'));
    await writeFile(cached('blobs', blob), '');
    await resolve('hf:org/name', { files: ['config.json'] });
    expect(await readFile(snapshot('config.json'), 'utf8')).toBe('{}');
  });

  it.each([
    ['no commit', /revision/, '{"id":"org/name"}'],
    ['a path for a commit', /revision/, '{"id":"org/name","sha":"../../x"}'],
    ['a path for a hash', /tree/, '[{"type":"file","path":"config.json","size":1,"oid":"../x"}]'],
    ['a size that is none', /tree/, `[{"type":"file","path":"config.json","size":-1,"oid":"${'a'.repeat(40)}"}]`],
  ])('of a server that answers %s are refused', async (_, match, body) => {
    answerWith(match, 200, body);
    await expect(resolve('hf:org/name')).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/is it a Hub\?$/) as string,
    });
  });

  it('by an abort reject with its reason at once and leave no half file', async () => {
    await expect(resolve('hf:org/name', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(hub.requests).toEqual([]);
    const controller = new AbortController();
    hub.mischief = (path, response, request) => {
      if (!path.endsWith('/model.safetensors') || request.headers.range !== undefined) return false;
      response.writeHead(200, { 'content-length': 3_000_000 });
      // The rest never comes: only the abort ends this.
      response.write(Buffer.alloc(500_000, 7), () => {
        controller.abort(new Error('enough'));
      });
      return true;
    };
    await expect(resolve('hf:org/name', { signal: controller.signal })).rejects.toThrow('enough');
    expect((await filesBelow(cached('blobs'))).every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
    expect(await filesBelow(cached('refs'))).toEqual([]);
  });

  it('of nothing useful in the repository are named', async () => {
    hub.files = { 'README.md': 'x' };
    await expect(resolve('hf:org/name')).rejects.toMatchObject({
      code: 'file-not-found',
      message: 'hf:org/name holds no model or tokenizer files.',
    });
  });
});

/** A port nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolved) => server.listen(0, '127.0.0.1', resolved));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolved) => server.close(resolved));
  return port;
}
