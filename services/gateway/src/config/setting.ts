import Type, { type TArray, type TBoolean, type TEnum, type TInteger, type TString } from "typebox";

/** What a value is, beyond its JSON type: how it is read from text and what is wrong with it (`kinds.ts`). */
export type Kind =
  | "text"
  | "token"
  | "key"
  | "hmac"
  | "name"
  | "upstream"
  | "model"
  | "route"
  | "header"
  | "scheme"
  | "host"
  | "domain"
  | "origin"
  | "engine"
  | "issuer"
  | "url"
  | "address"
  | "scope"
  | "subject"
  | "agent"
  | "words"
  | "target"
  | "did"
  | "decimal"
  | "integer"
  | "duration"
  | "bytes"
  | "choice"
  | "switch";

/** Everything there is to say about one setting, once: validation, defaults, documentation and the example files follow from it. */
export interface SettingInfo {
  readonly kind: Kind;
  readonly description: string;
  /** As it is written in the environment. */
  readonly example: string;
  readonly env?: string;
  /** Command-line flag, without the dashes. */
  readonly flag?: string;
  /** In words, where the default is worked out. */
  readonly computed?: string;
  /** Never in the file as itself, never shown, and also read from `NAME_FILE`. */
  readonly secret?: true;
  /** Smallest and largest value: characters of text, the unit of `kind` otherwise (milliseconds, bytes). */
  readonly least?: number;
  readonly most?: number;
  /**
   * Known, but this version does not act on it. `refused`: boot stops, because somebody counts on it for safety or for their
   * data. `ignored`: boot says so in a line.
   */
  readonly support?: "refused" | "ignored";
}

type About = Omit<SettingInfo, "kind">;
type AboutWith<T> = About & { readonly default?: T };

const options = <T>(kind: Kind, about: AboutWith<T>) => {
  const { default: fallback, ...rest } = about;
  return {
    description: about.description,
    ...(fallback === undefined ? {} : { default: fallback }),
    setting: { kind, ...rest } satisfies SettingInfo,
  };
};

/** A setting that is text of the given kind. */
export const text = (kind: Kind, about: AboutWith<string>): TString => Type.String(options(kind, about));

/** A credential: text that is never written down here. */
export const secret = (kind: "token" | "key" | "hmac" | "address", about: About): TString =>
  Type.String(options(kind, { ...about, secret: true }));

/** A time with its unit, such as `30s`, `5m` or `8h`; a bare number counts seconds. */
export const duration = (about: AboutWith<string>): TString => Type.String(options("duration", about));

/** A size with its unit, such as `16KiB`; a bare number counts bytes. */
export const bytes = (about: AboutWith<string>): TString => Type.String(options("bytes", about));

export const integer = (
  about: AboutWith<number> & { readonly least: number; readonly most: number },
): TInteger => Type.Integer({ ...options("integer", about), minimum: about.least, maximum: about.most });

export const onOff = (about: AboutWith<boolean>): TBoolean => Type.Boolean(options("switch", about));

export const choice = <const T extends string[]>(
  values: readonly [...T],
  about: AboutWith<T[number]>,
): TEnum<T> => Type.Enum<T>(values, options("choice", about));

/** Several out of a fixed set. */
export const choices = <const T extends string[]>(
  values: readonly [...T],
  about: AboutWith<T[number][]>,
): TArray<TEnum<T>> => Type.Array(Type.Enum<T>(values), options("choice", about));

/** Several of a kind; in the environment separated by spaces or commas. */
export const list = (kind: Kind, about: AboutWith<string[]>): TArray<TString> =>
  Type.Array(Type.String(), options(kind, about));
