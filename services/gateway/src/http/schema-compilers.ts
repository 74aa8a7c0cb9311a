import type { FastifyServerOptions } from "fastify";
import type { TSchema } from "typebox";
import Schema from "typebox/schema";

/**
 * Judges requests with the library that the schemas are written in. Fastify's own compilers (ajv, fast-json-stringify) turn every
 * schema into code at the start: 6 MB and a fifth of the boot, for routes of which nobody asks a thousand a second.
 */
export const schemaCompilers = {
  buildValidator: () => validatorOf,
  // A response schema describes, it does not filter: what leaves is what the route's own step has put together.
  buildSerializer: () => () => JSON.stringify,
} as unknown as CompilersFactory;

type CompilersFactory = NonNullable<
  NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]
>;

interface Validator {
  (value: unknown): boolean;
  /** What was wrong with the last value, as Fastify reads it right after the call. */
  errors?: readonly object[];
}

function validatorOf({ schema }: { readonly schema: TSchema }): Validator {
  const validator: Validator = (value) => {
    if (Schema.Check(schema, value)) return true;
    const [, errors] = Schema.Errors(schema, value);
    // `additionalProperties: false` is told twice: once by the member that met `false`.
    validator.errors = errors.filter(({ keyword }) => keyword !== "boolean").map(oneMember);
    return false;
  };
  return validator;
}

/** TypeBox lists the members that are too many or missing; what explains an error to the caller names the first. */
function oneMember(error: { readonly params: object }): object {
  const { additionalProperties, requiredProperties } = error.params as Readonly<
    Record<string, readonly string[] | undefined>
  >;
  return {
    ...error,
    params: {
      ...error.params,
      ...(additionalProperties && { additionalProperty: additionalProperties[0] }),
      ...(requiredProperties && { missingProperty: requiredProperties[0] }),
    },
  };
}
