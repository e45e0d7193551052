import { isTableDtype, LexigraftError, type Matrix, type TableDtype } from '@lexigraft/core';
import type { Architecture, PerTokenTensor } from '../architectures/architecture.ts';
import { alignmentRank, tensorBytes } from '../safetensors/dtypes.ts';
import { encodeHeader } from '../safetensors/encode-header.ts';
import type { SafetensorsMetadata, TensorDeclaration } from '../safetensors/header.ts';
import { quoteName } from '../safetensors/quote-name.ts';
import type { SafetensorsFile } from '../safetensors/safetensors-file.ts';
import { INDEX_FILE } from '../safetensors/shard-index.ts';
import type { Weights } from '../safetensors/weights.ts';

/** Where the bytes of a written tensor come from. */
export type TensorOrigin =
  | { readonly kind: 'kept' }
  | { readonly kind: 'remade'; readonly perToken: PerTokenTensor }
  | { readonly kind: 'replaced'; readonly values: Matrix; readonly dtype: TableDtype };

/** A tensor of the new model. */
export interface PlannedTensor extends TensorDeclaration {
  readonly origin: TensorOrigin;
}

/** A weight file of the new model, named like the one of the source it follows. */
export interface PlannedWeightFile {
  readonly name: string;
  readonly source: SafetensorsFile;
  /** In the order in which they are written. */
  readonly tensors: readonly PlannedTensor[];
  readonly metadata: SafetensorsMetadata;
  /** Whether nothing in it changes, so that the file is copied whole. */
  readonly untouched: boolean;
  readonly bytes: number;
}

/** The weight files of the new model. */
export interface WeightLayout {
  readonly files: readonly PlannedWeightFile[];
  /** Content of the index; absent when one file holds everything. */
  readonly index?: { readonly metadata: { readonly total_size: number }; readonly weight_map: Readonly<Record<string, string>> };
}

/** What changes in the weights. */
export interface WeightChanges {
  readonly architecture: Architecture;
  /** Rows of the new per-token tensors; absent when the vocabulary stays. */
  readonly rows?: number;
  readonly replaced: ReadonlyMap<string, Matrix>;
  /** Tables whose rows have other places, and may be more. */
  readonly moved?: ReadonlyMap<string, Matrix>;
  /** Tensors the checkpoint has not, each a row of numbers. */
  readonly added?: readonly AddedTensor[];
}

/** A tensor that comes into being: a bias, `[values.columns]`, in the file and the dtype of another. */
export interface AddedTensor {
  readonly name: string;
  /** Tensor it lies beside. */
  readonly like: string;
  readonly values: Matrix;
}

/**
 * Plans the weight files: the shards of the source under their own names, each with the tensors it had.
 *
 * @throws {LexigraftError} `invalid-option` · `shape-mismatch` · `unsupported-format` when a replacement fits no tensor
 */
export function planWeights(weights: Weights, changes: WeightChanges): WeightLayout {
  for (const name of changes.replaced.keys()) assertReplaceable(weights, name, changes);
  const perToken = new Map(changes.rows === undefined ? [] : changes.architecture.perToken.map((tensor) => [tensor.name, tensor]));
  const files = Array.from(weights.shards, ([name, source]) => planFile(name, source, perToken, changes));
  if (!weights.sharded) return { files };
  const sizes = files.flatMap(({ tensors }) => tensors.map(({ dtype, shape }) => tensorBytes(dtype, shape) ?? 0));
  const homes = files.flatMap((file) => file.tensors.map(({ name }): [string, string] => [name, file.name]));
  homes.sort(([a], [b]) => (a < b ? -1 : 1));
  return { files, index: { metadata: { total_size: sizes.reduce((sum, size) => sum + size, 0) }, weight_map: Object.fromEntries(homes) } };
}

/** Name of the index file, when the layout has one. */
export const indexName: string = INDEX_FILE;

function planFile(
  name: string,
  source: SafetensorsFile,
  perToken: ReadonlyMap<string, PerTokenTensor>,
  changes: WeightChanges,
): PlannedWeightFile {
  const tensors = Array.from(source.tensors, ([tensor, entry]): PlannedTensor => {
    const replacement = changes.replaced.get(tensor);
    const table = perToken.get(tensor);
    const { dtype, shape } = entry;
    const moved = changes.moved?.get(tensor);
    if (moved && isTableDtype(dtype))
      return { name: tensor, dtype, shape: [moved.rows, moved.columns], origin: { kind: 'replaced', values: moved, dtype } };
    if (replacement && isTableDtype(dtype)) {
      const newShape = table ? resize(shape, table.rows, changes.rows ?? table.rows) : shape;
      return { name: tensor, dtype, shape: newShape, origin: { kind: 'replaced', values: replacement, dtype } };
    }
    if (!table) return { name: tensor, dtype, shape, origin: { kind: 'kept' } };
    return {
      name: tensor,
      dtype,
      shape: resize(shape, table.rows, changes.rows ?? table.rows),
      origin: { kind: 'remade', perToken: table },
    };
  });
  for (const { name: tensor, like, values } of changes.added ?? []) {
    const dtype = source.tensors.get(like)?.dtype;
    if (dtype === undefined) continue;
    if (!isTableDtype(dtype)) throw unsupportedDtype(tensor, dtype);
    tensors.push({ name: tensor, dtype, shape: [values.columns], origin: { kind: 'replaced', values, dtype } });
  }
  const untouched = tensors.every(({ origin }) => origin.kind === 'kept');
  if (untouched) return { name, source, tensors, metadata: source.metadata, untouched, bytes: source.size };
  // The sizes changed, so a wider type may have lost its alignment: widest first, otherwise as they were.
  const ordered = tensors.toSorted((a, b) => alignmentRank(b.dtype) - alignmentRank(a.dtype));
  const header = encodeHeader(ordered, source.metadata);
  const bytes = ordered.reduce((sum, { dtype, shape }) => sum + (tensorBytes(dtype, shape) ?? 0), header.bytes.length);
  return { name, source, tensors: ordered, metadata: source.metadata, untouched, bytes };
}

/** Returns the shape of a per-token tensor with another number of rows; a bias may be stored as `[V]` or `[1, V]`. */
export function resize(shape: readonly number[], from: number, to: number): number[] {
  const axis = shape[0] === from ? 0 : shape.length - 1;
  return shape.map((size, index) => (index === axis ? to : size));
}

function assertReplaceable(weights: Weights, name: string, { architecture, rows, replaced }: WeightChanges): void {
  const entry = weights.tensors.get(name);
  const values = replaced.get(name);
  if (!entry || !values) {
    throw new LexigraftError('invalid-option', `The plan replaces the tensor ${quoteName(name)}, which the checkpoint does not hold.`, {
      tensor: name,
    });
  }
  if (!isTableDtype(entry.dtype)) {
    throw unsupportedDtype(name, entry.dtype);
  }
  const isPerToken = rows !== undefined && architecture.perToken.some((tensor) => tensor.name === name);
  const shape = isPerToken ? resize(entry.shape, architecture.rows, rows) : entry.shape;
  const [first, ...rest] = shape.length === 0 ? [1] : shape;
  const columns = rest.reduce((product, size) => product * size, 1);
  const fits =
    (values.rows === first && values.columns === columns) || (shape.length === 1 && values.rows === 1 && values.columns === first);
  if (fits) return;
  throw new LexigraftError(
    'shape-mismatch',
    `The plan replaces the tensor ${quoteName(name)} of shape [${shape.join(', ')}] by values of shape [${values.rows}, ${values.columns}].`,
    {
      tensor: name,
      expected: shape,
      received: [values.rows, values.columns],
    },
  );
}

function unsupportedDtype(tensor: string, dtype: string): LexigraftError {
  return new LexigraftError(
    'unsupported-format',
    `The plan replaces the tensor ${quoteName(tensor)} of dtype ${dtype}; only F64, F32, F16 and BF16 can be written.`,
    { tensor, dtype },
  );
}
