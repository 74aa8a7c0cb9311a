/** What one look at one thing has found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** `fail`: the gateway will not work, or not safely. `warn`: it will, and somebody should know. */
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** How to mend it. */
  readonly mend?: string;
}

export const good = (name: string, message: string): Finding => ({ name, status: "ok", message });
export const warn = (name: string, message: string, mend: string): Finding => ({
  name,
  status: "warn",
  message,
  mend,
});
export const fail = (name: string, message: string, mend: string): Finding => ({
  name,
  status: "fail",
  message,
  mend,
});
