/**
 * Every value of a header, as sent: the parsed headers join or drop repetitions, which must show where one is allowed (S15).
 * @param rawHeaders name, value, name, value, … as Node gives them
 * @param name lower case
 */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const one = rawHeaders[i];
    if (one?.length === name.length && one.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? "");
  }
  return values;
}
