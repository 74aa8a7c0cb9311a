/** A smart-card library of long ago drew its RSA primes from powers of this. */
const GENERATOR = 65537;
/** For keys of 2048 bits and more it did so modulo (at least) the product of the primes up to this. */
const LARGEST_PRIME = 701;

/**
 * Could this RSA modulus have been made by that library (ROCA, CVE-2017-15361)? Such a key is factored for the price of some
 * machine time. The mark: modulo every small prime the modulus is a power of 65537, which a sound one passes by chance less than once
 * in a hundred million.
 */
export function hasRocaMark(modulus: bigint): boolean {
  return SUBGROUPS.every(({ prime, powers }) => powers.has(Number(modulus % BigInt(prime))));
}

const SUBGROUPS = smallPrimes().map((prime) => ({ prime, powers: powersOf(GENERATOR % prime, prime) }));

function smallPrimes(): readonly number[] {
  const primes: number[] = [];
  for (let n = 3; n <= LARGEST_PRIME; n += 2) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

function powersOf(base: number, modulus: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * base) % modulus) powers.add(power);
  return powers;
}
