import type { JWK } from "jose";
import type { Clock } from "../../core/clock.ts";
import type { Keyring } from "../../core/keyring.ts";
import type { SigningAlgorithm, SigningKey, SigningKeys, VerificationKey } from "../../core/ports/keys.ts";
import type { SigningKeyRow, Store } from "../../core/ports/store.ts";
import { keyCreated } from "../events.ts";
import type { AuthorityLog } from "../options.ts";
import { makeKeyRow, openKey, openRetiredKey } from "./key-row.ts";
import { dueStep } from "./schedule.ts";
import { noneActive, takeStep } from "./take-step.ts";

export interface SigningKeyOptions {
  readonly store: Pick<Store, "loadSigningKeys" | "addFirstSigningKey" | "replaceSigningKeys">;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly algorithm: SigningAlgorithm;
  readonly rotateEveryMs: number;
  readonly log: AuthorityLog;
}

/** Keys that follow the store: what another process changes holds here within seconds. */
export interface RotatingKeys extends SigningKeys {
  close(): void;
}

/** How often the store is asked, in milliseconds: a handful of rows, on a connection that nothing blocks. */
const LOOK_EVERY_MS = 1_000;

/**
 * The authority's keys, the first one made on first start and rotated from then on. The private half is at rest as ciphertext
 * only (S13). Processes that start at once agree on one key, and one of those that run rotates it.
 * @throws SigningKeyError where they cannot be opened: the program must not start
 */
export async function loadSigningKeys(options: SigningKeyOptions): Promise<RotatingKeys> {
  const { store, log } = options;
  const standing = await store.loadSigningKeys();
  const rows = standing.length > 0 ? standing : await makeFirstKey(options);
  let current = await openAll(rows, options);
  if (current.active.alg !== options.algorithm && !rows.some(({ status }) => status === "next")) {
    await step({ kind: "add_next" }, rows, options);
  }

  async function look(): Promise<void> {
    const seen = await store.loadSigningKeys();
    current = await follow(current, seen, options);
    const due = dueStep(seen, options, options.clock.now());
    if (due === undefined) return;
    await step(due, seen, options);
    current = await follow(current, await store.loadSigningKeys(), options);
  }

  let looking = false;
  let closed = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((err: unknown) => {
        if (!closed) log.error({ err }, "the signing keys could not be looked at or rotated");
      })
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    active: () => current.active,
    find: (kid) => current.published.get(kid),
    findEver: (kid) => current.published.get(kid) ?? current.retired.get(kid),
    jwks: () => current.jwks,
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}

/** The key table opened, at one moment. */
interface KeySet {
  readonly rows: readonly SigningKeyRow[];
  readonly active: SigningKey;
  readonly published: ReadonlyMap<string, SigningKey>;
  readonly retired: ReadonlyMap<string, VerificationKey>;
  readonly jwks: ReturnType<SigningKeys["jwks"]>;
}

async function makeFirstKey({ store, keyring, clock, algorithm }: SigningKeyOptions) {
  const now = clock.now();
  const row = await makeKeyRow({ alg: algorithm, status: "active", now }, keyring);
  return store.addFirstSigningKey(row, keyCreated(row.kid, now));
}

async function step(
  due: Parameters<typeof takeStep>[0],
  rows: readonly SigningKeyRow[],
  { store, keyring, clock, algorithm, log }: SigningKeyOptions,
): Promise<void> {
  const outcome = await takeStep(due, rows, { store, keyring, algorithm, now: clock.now() });
  if (outcome === "replaced") log.info({ step: due }, "signing keys rotated");
}

/** What is open stays open: only keys that are new are unsealed, and none where nothing changed. */
async function follow(
  current: KeySet,
  rows: readonly SigningKeyRow[],
  options: SigningKeyOptions,
): Promise<KeySet> {
  const isSame =
    rows.length === current.rows.length &&
    rows.every(({ kid, status }, at) => current.rows[at]?.kid === kid && current.rows[at].status === status);
  return isSame ? current : openAll(rows, options, current);
}

async function openAll(
  rows: readonly SigningKeyRow[],
  { keyring }: Pick<SigningKeyOptions, "keyring">,
  open?: KeySet,
): Promise<KeySet> {
  const published = new Map<string, SigningKey>();
  const retired = new Map<string, VerificationKey>();
  for (const row of rows) {
    const { kid } = row;
    if (row.status === "retired")
      retired.set(
        kid,
        open?.published.get(kid) ?? open?.retired.get(kid) ?? (await openRetiredKey(row, keyring)),
      );
    else published.set(kid, open?.published.get(kid) ?? (await openKey(row, keyring)));
  }
  const active = published.get(rows.findLast(({ status }) => status === "active")?.kid ?? "");
  if (active === undefined) throw noneActive();
  const jwks = { keys: [...published.values()].map(publicJwk) };
  return { rows, active, published, retired, jwks };
}

function publicJwk({ kid, alg, publicKey }: VerificationKey): JWK {
  return { ...(publicKey.export({ format: "jwk" }) as JWK), kid, alg, use: "sig" };
}
