/** Reads Prometheus's text format as strictly as it is defined, and looks series up in it. */
export function seriesOf(text: string) {
  const values = new Map<string, { labels: Readonly<Record<string, string>>; value: number }[]>();
  const types = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      types.set(type[1] ?? "", type[2] ?? "");
      continue;
    }
    const parts = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/.exec(line);
    if (parts === null) throw new Error(`not a line of the format: ${line}`);
    const [, name = "", braces = "{}", value = ""] = parts;
    const family = values.get(name) ?? [];
    family.push({ labels: readLabels(braces), value: Number(value) });
    values.set(name, family);
  }
  const find = (name: string, wanted: Readonly<Record<string, string>> = {}): number | undefined =>
    values
      .get(name)
      ?.find(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
      ?.value;
  return Object.assign(find, { names: () => [...values.keys()], types });
}

function readLabels(braces: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let rest = braces.slice(1, -1);
  while (rest !== "") {
    const one = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?/.exec(rest);
    if (one === null) throw new Error(`not labels: ${braces}`);
    labels[one[1] ?? ""] = (one[2] ?? "").replace(/\\(.)/g, (_, unit) => (unit === "n" ? "\n" : unit));
    rest = rest.slice(one[0].length);
  }
  return labels;
}
