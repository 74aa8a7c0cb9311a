import { setTimeout as wait } from "node:timers/promises";
import { adoptSecret } from "../../authority/keys/adopt-secret.ts";
import { type KeyStep, PUBLISH_AHEAD_MS } from "../../authority/keys/schedule.ts";
import { takeStep } from "../../authority/keys/take-step.ts";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../core/clock.ts";
import { createKeyring } from "../../core/keyring.ts";
import type { SigningKeyRow, Store } from "../../core/ports/store.ts";
import { ensureSecretFile } from "../../store/secret-file.ts";
import { type Call, EXIT } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { ToolFlags } from "../tool.ts";
import { withStore } from "../with-store.ts";

/** Gateways look at the keys every second: after this long each of them knows a new one. Milliseconds. */
const KNOWN_HERE_AFTER_MS = 3_000;

/**
 * Rotates the keys, also under gateways that run. By itself nobody notices: the new key is published longer than anybody may
 * go by an older copy of the JWK Set, and the running gateway turns to it then.
 */
export async function rotateKeys(call: Call, flags: ToolFlags): Promise<number> {
  const isCompromised = flags["compromised"] !== undefined;
  const atOnce = isCompromised || flags["now"] !== undefined;
  await withStore(call, flags, async (store, config) => {
    const { keyring, rows } = await openKeys(store, config);
    const step = async (due: KeyStep) => {
      const options = { store, keyring, algorithm: config.signing.algorithm, now: systemClock.now() };
      if ((await takeStep(due, await store.loadSigningKeys(), options)) === "changed") throw tookPart();
    };
    // A key that was published before lay beside the one that leaked.
    const known = new Set(isCompromised ? rows.map(({ kid }) => kid) : []);
    const isUsable = ({ status, kid }: SigningKeyRow) => status === "next" && !known.has(kid);
    if (!rows.some(isUsable)) await step({ kind: "add_next" });
    const next = (await store.loadSigningKeys()).find(isUsable);
    if (next === undefined) throw tookPart();
    if (!atOnce) {
      const minutes = Math.ceil(Math.max(next.changedAt + PUBLISH_AHEAD_MS - systemClock.now(), 0) / 60_000);
      call.say(next.kid);
      call.tell(`It is published now, and a running gateway signs with it in ${minutes} minutes.`);
      return;
    }
    if (!isCompromised) await wait(KNOWN_HERE_AFTER_MS);
    await step({ kind: "activate", kid: next.kid });
    if (isCompromised) await withdrawOthers(store, next.kid, step);
    call.say(next.kid);
    call.tell(
      isCompromised
        ? "It signs now. The other keys are withdrawn: what they have signed is refused within a second or two."
        : "It signs now. Servers that keep a copy of the JWK Set may refuse its tokens for up to 5 minutes.",
    );
  });
  return EXIT.ok;
}

async function openKeys(store: Store, config: Config) {
  const keyring = createKeyring(config.secret ?? ensureSecretFile(config.database));
  const rows = await store.loadSigningKeys();
  if (rows.length === 0) {
    throw new CliError("there is no key yet: the gateway makes the first one when it starts");
  }
  await adoptSecret({ store, keyring, clock: systemClock });
  return { keyring, rows };
}

async function withdrawOthers(
  store: Store,
  kid: string,
  step: (due: KeyStep) => Promise<void>,
): Promise<void> {
  const others = (await store.loadSigningKeys()).filter((row) => row.kid !== kid && row.status !== "retired");
  await step({ kind: "retire", kids: others.map((row) => row.kid) });
}

const tookPart = () => new CliError("the keys changed meanwhile: look at keys list, and try again");
