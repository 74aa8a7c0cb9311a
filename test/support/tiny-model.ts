/**
 * A language model that says nothing: a llama of two layers and 64 wide with random weights, written as a GGUF file
 * of about half a megabyte. A real engine loads it and answers in milliseconds, so that tests need no download.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 3).
 */
const WIDTH = 64;
const HIDDEN = 128;
const LAYERS = 2;
const HEADS = 4;
const CONTEXT = 2048;
const ALIGNMENT = 32;

/** Value types of GGUF's key-value section. */
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

/** Token types of llama.cpp's SPM vocabulary. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

interface Token {
  text: string;
  type: number;
}

interface Tensor {
  name: string;
  /** Fastest-varying dimension first, as ggml counts. */
  shape: number[];
  data: Float32Array;
}

/** The bytes of the model file. The same `seed` gives the same bytes. */
export function tinyModel(seed = 7): Buffer {
  const tokens = vocabulary();
  const tensors = weights(tokens, seed);
  const pairs = metadata(tokens);
  const head = Buffer.concat([Buffer.from("GGUF"), uint32(3), uint64(tensors.length), uint64(pairs.length)]);
  const infos: Buffer[] = [];
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const place = [uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset)];
    infos.push(string(name), ...place);
    offset += padded(data.byteLength);
  }
  const front = Buffer.concat([head, ...pairs, ...infos]);
  return Buffer.concat([pad(front), ...tensors.map(({ data }) => pad(Buffer.from(data.buffer)))]);
}

/** Control tokens, every byte, and the printable characters with and without a leading space (SPM's "▁"). */
function vocabulary(): Token[] {
  const tokens: Token[] = [
    { text: "<unk>", type: UNKNOWN },
    { text: "<s>", type: CONTROL },
    { text: "</s>", type: CONTROL },
  ];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push({ text: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, type: BYTE });
  }
  tokens.push({ text: "▁", type: NORMAL });
  for (let code = 0x21; code < 0x7f; code++) tokens.push({ text: String.fromCharCode(code), type: NORMAL });
  for (const letter of "abcdefghijklmnopqrstuvwxyz") tokens.push({ text: `▁${letter}`, type: NORMAL });
  return tokens;
}

function metadata(tokens: Token[]): Buffer[] {
  const types = tokens.map(({ type }) => int32(type));
  // SPM merges towards the higher score; only the order matters.
  const scores = tokens.map((_, index) => float32(-index));
  return [
    pair("general.architecture", STRING, string("llama")),
    pair("general.name", STRING, string("tiny")),
    pair("general.file_type", UINT32, uint32(0)),
    pair("general.alignment", UINT32, uint32(ALIGNMENT)),
    pair("llama.vocab_size", UINT32, uint32(tokens.length)),
    pair("llama.context_length", UINT32, uint32(CONTEXT)),
    pair("llama.embedding_length", UINT32, uint32(WIDTH)),
    pair("llama.block_count", UINT32, uint32(LAYERS)),
    pair("llama.feed_forward_length", UINT32, uint32(HIDDEN)),
    pair("llama.attention.head_count", UINT32, uint32(HEADS)),
    pair("llama.attention.head_count_kv", UINT32, uint32(HEADS)),
    pair("llama.attention.layer_norm_rms_epsilon", FLOAT32, float32(1e-5)),
    pair("llama.rope.dimension_count", UINT32, uint32(WIDTH / HEADS)),
    pair("tokenizer.ggml.model", STRING, string("llama")),
    pair(
      "tokenizer.ggml.tokens",
      ARRAY,
      array(
        STRING,
        tokens.map(({ text }) => string(text)),
      ),
    ),
    pair("tokenizer.ggml.scores", ARRAY, array(FLOAT32, scores)),
    pair("tokenizer.ggml.token_type", ARRAY, array(INT32, types)),
    pair("tokenizer.ggml.unknown_token_id", UINT32, uint32(0)),
    pair("tokenizer.ggml.bos_token_id", UINT32, uint32(1)),
    pair("tokenizer.ggml.eos_token_id", UINT32, uint32(2)),
    pair("tokenizer.ggml.add_bos_token", BOOL, Buffer.from([1])),
    pair("tokenizer.ggml.add_space_prefix", BOOL, Buffer.from([1])),
  ];
}

function weights(tokens: Token[], seed: number): Tensor[] {
  const random = generator(seed);
  const matrix = (name: string, columns: number, rows: number, scale: number): Tensor => ({
    name,
    shape: [columns, rows],
    data: Float32Array.from({ length: columns * rows }, () => (random() - 0.5) * scale),
  });
  const ones = (name: string): Tensor => ({ name, shape: [WIDTH], data: new Float32Array(WIDTH).fill(1) });
  const output = matrix("output.weight", WIDTH, tokens.length, 2);
  // Bytes and control tokens score zero, far under the best character: answers stay text and run to their limit.
  tokens.forEach(({ type }, row) => {
    if (type !== NORMAL) output.data.fill(0, row * WIDTH, (row + 1) * WIDTH);
  });
  const tensors = [matrix("token_embd.weight", WIDTH, tokens.length, 2), ones("output_norm.weight"), output];
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = (part: string): string => `blk.${layer}.${part}.weight`;
    tensors.push(ones(name("attn_norm")), ones(name("ffn_norm")));
    for (const part of ["attn_q", "attn_k", "attn_v", "attn_output"]) {
      tensors.push(matrix(name(part), WIDTH, WIDTH, 0.5));
    }
    tensors.push(matrix(name("ffn_gate"), WIDTH, HIDDEN, 0.5), matrix(name("ffn_up"), WIDTH, HIDDEN, 0.5));
    tensors.push(matrix(name("ffn_down"), HIDDEN, WIDTH, 0.5));
  }
  return tensors;
}

/** Mulberry32: a small generator that is the same on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pair(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([string(key), uint32(type), value]);
}

function array(type: number, items: Buffer[]): Buffer {
  return Buffer.concat([uint32(type), uint64(items.length), ...items]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}
