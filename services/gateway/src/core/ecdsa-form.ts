/**
 * The two forms of an ECDSA signature: JOSE puts r and s side by side (RFC 7518 §3.4), OpenSSL writes a DER sequence of two
 * integers. Node converts by itself (`dsaEncoding: "ieee-p1363"`), at more than the price of the signature: see
 * docs/decisions/0006.
 */

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Lengths from here on take a byte that says how many bytes the length has. */
const LONG_LENGTH = 0x80;

/** r and s side by side → DER. Any numbers: whether they make a signature is for the verifier to say. */
export function toDer(signature: Uint8Array): Buffer {
  const half = signature.length / 2;
  const r = significant(signature.subarray(0, half));
  const s = significant(signature.subarray(half));
  const length = encodedLength(r) + encodedLength(s);
  const der = Buffer.allocUnsafe(length + (length < LONG_LENGTH ? 2 : 3));
  let at = 0;
  der[at++] = SEQUENCE;
  if (length >= LONG_LENGTH) der[at++] = LONG_LENGTH + 1;
  der[at++] = length;
  for (const number of [r, s]) {
    der[at++] = INTEGER;
    der[at++] = number.length + pad(number);
    if (pad(number) === 1) der[at++] = 0;
    der.set(number, at);
    at += number.length;
  }
  return der;
}

/**
 * DER → r and s side by side, `size` bytes each.
 * @param der as OpenSSL wrote it; never a stranger's
 */
export function fromDer(der: Uint8Array, size: number): Buffer {
  const raw = Buffer.alloc(2 * size);
  let at = (der[1] ?? 0) >= LONG_LENGTH ? 3 : 2;
  for (const end of [size, 2 * size]) {
    const length = der[at + 1] ?? 0;
    const number = significant(der.subarray(at + 2, at + 2 + length));
    raw.set(number, end - number.length);
    at += 2 + length;
  }
  return raw;
}

/** Without the zeros in front; one byte is left of nothing but zeros. */
function significant(number: Uint8Array): Uint8Array {
  let zeros = 0;
  while (zeros < number.length - 1 && number[zeros] === 0) zeros++;
  return number.subarray(zeros);
}

/** DER's integers are signed: one that would look negative gets a zero in front. */
const pad = (number: Uint8Array) => ((number[0] ?? 0) >= 0x80 ? 1 : 0);
const encodedLength = (number: Uint8Array) => 2 + pad(number) + number.length;
