import { GGUFValueType } from '@huggingface/gguf';

const stringType: number = GGUFValueType.STRING;
const listType: number = GGUFValueType.ARRAY;
/** Bytes of a value of any other type. */
const widths: Readonly<Partial<Record<number, number>>> = {
  [GGUFValueType.UINT8]: 1,
  [GGUFValueType.INT8]: 1,
  [GGUFValueType.BOOL]: 1,
  [GGUFValueType.UINT16]: 2,
  [GGUFValueType.INT16]: 2,
  [GGUFValueType.UINT32]: 4,
  [GGUFValueType.INT32]: 4,
  [GGUFValueType.FLOAT32]: 4,
  [GGUFValueType.UINT64]: 8,
  [GGUFValueType.INT64]: 8,
  [GGUFValueType.FLOAT64]: 8,
};

/**
 * Returns the lists of strings in a GGUF header, by key, letter for letter.
 *
 * `@huggingface/gguf`, which must have accepted the header before, takes a byte order mark off each string: its token U+FEFF is empty.
 */
export function readStringLists(header: Uint8Array, littleEndian: boolean): ReadonlyMap<string, readonly string[]> {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const version = view.getUint32(4, littleEndian);
  // The first version counts in 32 bits.
  const sizeBytes = version === 1 ? 4 : 8;
  // Behind the signature, the version, and how many tensors there are.
  let at = 8 + sizeBytes;

  const advance = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const takeType = (): number => view.getUint32(advance(4), littleEndian);
  const takeSize = (): number => {
    const begin = advance(sizeBytes);
    return version === 1 ? view.getUint32(begin, littleEndian) : Number(view.getBigUint64(begin, littleEndian));
  };
  const takeString = (): string => {
    const size = takeSize();
    const begin = advance(size);
    return decoder.decode(header.subarray(begin, begin + size));
  };
  const skip = (type: number, count: number): void => {
    const width = widths[type];
    if (width !== undefined) {
      advance(width * count);
      return;
    }
    for (let i = 0; i < count; i++) {
      if (type === stringType) advance(takeSize());
      else skip(takeType(), takeSize());
    }
  };

  const lists = new Map<string, readonly string[]>();
  const entries = takeSize();
  for (let entry = 0; entry < entries; entry++) {
    const key = takeString();
    const type = takeType();
    if (type !== listType) {
      skip(type, 1);
      continue;
    }
    const [element, count] = [takeType(), takeSize()];
    if (element === stringType) lists.set(key, Array.from({ length: count }, takeString));
    else skip(element, count);
  }
  return lists;
}
