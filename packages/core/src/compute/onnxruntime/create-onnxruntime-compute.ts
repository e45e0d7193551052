import type { Tensor } from 'onnxruntime-common';
import { LexigraftError } from '../../errors/index.ts';
import { assertFinite, assertShape, matrix, rowBlock, zeros, type Matrix } from '../../linalg/matrix.ts';
import { availableThreads, setEnvironmentDefault } from '../../workers/node-runtime.ts';
import type { Compute, KeyIndex, TopProducts } from '../compute.ts';
import { assertFiniteScores, assertProduct, assertSearch, emptyTopProducts, queriesPerBlock } from '../search-arguments.ts';
import { productGraph, topProductsGraph } from './graphs.ts';
import { loadOnnxRuntime, providerImprecise, providerMissing, type OnnxRuntime, type OnnxRuntimeProvider } from './load-onnxruntime.ts';
import { OnnxSessions } from './onnx-sessions.ts';

/** Options of {@link createOnnxRuntimeCompute}. */
export interface OnnxRuntimeOptions {
  /** An onnxruntime package already loaded, e.g. `onnxruntime-web`; `onnxruntime-node` is loaded by default. */
  readonly ort?: OnnxRuntime;
  /** Threads of the CPU provider; as many as the machine has by default. */
  readonly threads?: number;
  /** `cpu` by default. On a GPU the keys stay on the device. */
  readonly provider?: OnnxRuntimeProvider;
}

/** Bytes of scores in a block on a GPU: smaller ones leave it idle in between. */
const GPU_SCORE_BYTES = 256 * 2 ** 20;

/** Rows and columns of the product that tells float32 from TF32. */
const TRIAL_SIZE = 256;

/** How far engines may differ, as `Compute` promises. */
const RELATIVE_TOLERANCE = 1e-5;

/** What protobuf, and so a graph with its keys inside, can hold, less some room for the graph itself. */
const LARGEST_GRAPH_BYTES = 2 ** 31 - 2 ** 20;

/**
 * Creates the engine over onnxruntime: graphs of a few nodes, built in memory.
 *
 * On CUDA it turns TF32 off for the process (`NVIDIA_TF32_OVERRIDE`, unless that is set), which has 10 bits of mantissa.
 *
 * On the CPU keys are bound as they lie in memory; a graph that holds them, packed, is 3 % faster and needs three times the memory.
 *
 * @throws {LexigraftError} `missing-engine` if the package is not installed, the provider does not start or does not multiply in float32; `invalid-option`
 */
export async function createOnnxRuntimeCompute({
  ort,
  threads = availableThreads(),
  provider = 'cpu',
}: OnnxRuntimeOptions = {}): Promise<Compute> {
  if (!(Number.isInteger(threads) && threads > 0))
    throw new LexigraftError('invalid-option', `\`threads\` must be a positive whole number, received ${threads}.`, { option: 'threads' });
  // The package has no option for it, and the libraries of CUDA look once.
  if (provider === 'cuda') setEnvironmentDefault('NVIDIA_TF32_OVERRIDE', '0');
  const sessions = new OnnxSessions(ort ?? (await loadOnnxRuntime()), provider, threads);
  const isPrecise = await multipliesInFloat32(sessions).catch((error: unknown) => {
    throw providerMissing(provider, error);
  });
  if (!isPrecise) {
    await sessions.dispose();
    throw providerImprecise(provider);
  }
  return {
    id: 'onnxruntime',
    description: provider === 'cpu' ? `onnxruntime cpu × ${threads}` : `onnxruntime ${provider}`,
    matmul: (a, b, { transposeB = false } = {}) => multiply(sessions, a, b, transposeB),
    openKeys: (keys) => openKeys(sessions, keys),
    dispose: () => sessions.dispose(),
  };
}

/** Tries a product: on CUDA one that TF32 gets wrong, large enough for the units that compute in it. */
async function multipliesInFloat32(sessions: OnnxSessions): Promise<boolean> {
  const size = sessions.provider === 'cuda' ? TRIAL_SIZE : 1;
  const filled = (value: number): Matrix => matrix(size, size, new Float32Array(size * size).fill(value));
  // All sums are exact in float32; TF32 rounds the last bit away.
  const { data } = await multiply(sessions, filled(1 + 2 ** -12), filled(1), false);
  const expected = size * (1 + 2 ** -12);
  return data.every((value) => Math.abs(value - expected) <= RELATIVE_TOLERANCE * expected);
}

async function multiply(sessions: OnnxSessions, a: Matrix, b: Matrix, transposeB: boolean): Promise<Matrix> {
  const { rows, columns } = assertProduct(a, b, transposeB);
  const result = zeros(rows, columns);
  if (result.data.length === 0 || a.columns === 0) return result;
  const session = await sessions.shared(`product ${transposeB}`, () => productGraph(transposeB));
  const feeds = { a: sessions.tensor(a), b: sessions.tensor(b) };
  // The CPU writes where it is told; a device hands its own memory over.
  if (sessions.provider === 'cpu') await session.run(feeds, { product: sessions.tensor(result) });
  else result.data.set((await session.run(feeds)).product.data as Float32Array);
  return result;
}

async function openKeys(sessions: OnnxSessions, keys: Matrix): Promise<KeyIndex> {
  assertShape('keys', keys, keys.rows, keys.columns);
  assertFinite('keys', keys);
  if (keys.data.length === 0) return { topProducts: (queries, k) => firstKeys(keys, queries, k), dispose: () => Promise.resolve() };
  const isOnDevice = sessions.provider !== 'cpu' && keys.data.byteLength < LARGEST_GRAPH_BYTES;
  const session = isOnDevice ? await sessions.open(topProductsGraph(keys)) : await sessions.shared('topProducts', () => topProductsGraph());
  const bound: Record<string, Tensor> = isOnDevice ? {} : { keys: sessions.tensor(keys) };
  const step = queriesPerBlock(keys.rows, sessions.provider === 'cpu' ? undefined : GPU_SCORE_BYTES);
  return {
    async topProducts(queries, requested, { signal } = {}) {
      const k = assertSearch(queries, keys, requested);
      const result = emptyTopProducts(queries.rows, k);
      const feeds = { ...bound, k: sessions.integer(k) };
      signal?.throwIfAborted();
      for (let first = 0; first < queries.rows; first += step) {
        const block = rowBlock(queries, first, Math.min(first + step, queries.rows));
        const { scores, ids } = await session.run({ ...feeds, queries: sessions.tensor(block) });
        signal?.throwIfAborted();
        writeAnswer(scores.data as Float32Array, ids.data as BigInt64Array, result, first);
      }
      return result;
    },
    dispose: async () => {
      if (isOnDevice) await session.release();
    },
  };
}

function writeAnswer(scores: Float32Array, ids: BigInt64Array, result: TopProducts, first: number): void {
  const at = first * result.k;
  assertFiniteScores(scores, result.k, first);
  result.scores.set(scores, at);
  // The low halves of little-endian 64-bit ids.
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
  for (let i = 0; i < ids.length; i++) result.ids[at + i] = halves[2 * i];
}

/** Without a dimension every product is 0, so the nearest keys are the first ones. */
function firstKeys(keys: Matrix, queries: Matrix, requested: number): Promise<TopProducts> {
  return new Promise((resolve) => {
    const k = assertSearch(queries, keys, requested);
    const result = emptyTopProducts(queries.rows, k);
    for (let i = 0; i < result.ids.length; i++) result.ids[i] = i % k;
    resolve(result);
  });
}
