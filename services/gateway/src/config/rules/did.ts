import type { Settings } from "../schema.ts";
import type { Rule } from "./rule.ts";

/** DID log-in is off until it is said by what and by whom. */
export function isDidOn({ did }: Pick<Settings, "did">): boolean {
  return did.methods.length > 0 && did.allow.length > 0;
}

/** One alone harms nobody, and does nothing. */
export const didNeedsBoth: Rule = ({ settings, layers: { report } }) => {
  const { did } = settings;
  if (["did.methods", "did.allow"].some(report.isFaulty)) return;
  if (!isDidOn(settings) && (did.methods.length > 0 || did.allow.length > 0))
    report.warn("DID log-in is off: it needs both DID_METHODS and DID_ALLOW");
};

/** Whoever may log in by did:web also decides where this machine sends requests to, so `*` does not name them. */
export const webHostsAreNamed: Rule = ({ settings: { did }, layers: { report } }) => {
  if (did.allow.includes("did:web:*"))
    report.mistake(
      "did.allow",
      "names every host of did:web: name those that may log in, such as did:web:example.com",
    );
  else if (did.methods.includes("web") && !did.allow.some((entry) => entry.startsWith("did:web:")))
    report.warn("nobody can log in by did:web: DID_ALLOW names its hosts, such as did:web:example.com");
};

/** An entry of a method that is off lets nobody in: somebody expected that it would. */
export const allowedMethodsAreOn: Rule = ({ settings, layers: { report } }) => {
  const { methods, allow } = settings.did;
  if (!isDidOn(settings)) return;
  const off = allow.find((entry) => entry !== "*" && !methods.some((one) => entry.startsWith(`did:${one}:`)));
  if (off !== undefined) report.mistake("did.allow", "names a method that DID_METHODS does not");
};
