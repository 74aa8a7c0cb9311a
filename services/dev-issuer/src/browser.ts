/**
 * Just enough of a browser to sign in without one: it keeps cookies, follows redirects, and reads and submits the forms of
 * this issuer's pages. It goes to one origin and no other.
 */
export interface Browser {
  /** Opens a URL and follows redirects until a page, or an address that starts with `stopAt`. */
  open(url: string, stopAt?: string): Promise<Visit>;
  /** Submits the page's form, with `fields` in the place of a click on a button. */
  submit(page: Page, fields: Readonly<Record<string, string>>, stopAt?: string): Promise<Visit>;
}

export interface Page {
  readonly kind: "page";
  readonly url: string;
  readonly status: number;
  readonly body: string;
}

/** A redirect that leaves the issuer: back to the client. */
export interface Departure {
  readonly kind: "departure";
  readonly url: URL;
}

export type Visit = Page | Departure;

const MAX_REDIRECTS = 10;

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export function createBrowser(origin: string, fetch: typeof globalThis.fetch = globalThis.fetch): Browser {
  const cookies = new Map<string, Cookie>();

  async function travel(first: { url: string; form?: URLSearchParams }, stopAt = ""): Promise<Visit> {
    let { url, form } = first;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      if (new URL(url).origin !== origin)
        throw new Error(`sign-in left ${origin} for ${new URL(url).origin}`);
      const response = await fetch(url, {
        method: form === undefined ? "GET" : "POST",
        redirect: "manual",
        headers: { cookie: cookieHeader(cookies, new URL(url).pathname) },
        ...(form === undefined ? {} : { body: form }),
      });
      for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
      const location = response.headers.get("location");
      if (location === null) {
        return { kind: "page", url, status: response.status, body: await response.text() };
      }
      await response.body?.cancel();
      const next = new URL(location, url);
      if (stopAt !== "" && next.href.startsWith(stopAt)) return { kind: "departure", url: next };
      url = next.href;
      form = undefined;
    }
    throw new Error("sign-in redirects in circles");
  }

  return {
    open: (url, stopAt) => travel({ url }, stopAt),
    submit(page, fields, stopAt) {
      const form = readForm(page);
      return travel({ url: form.action, form: new URLSearchParams({ ...form.fields, ...fields }) }, stopAt);
    },
  };
}

/** The page's one form: where it goes, and its hidden fields. */
function readForm(page: Page): { action: string; fields: Record<string, string> } {
  const action = /<form[^>]*\saction="([^"]*)"/.exec(page.body)?.[1];
  if (action === undefined)
    throw new Error(`no form on ${new URL(page.url).pathname} (status ${page.status})`);
  const fields: Record<string, string> = {};
  for (const [tag] of page.body.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /\sname="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined) fields[name] = unescapeHtml(/\svalue="([^"]*)"/.exec(tag)?.[1] ?? "");
  }
  return { action: new URL(unescapeHtml(action), page.url).href, fields };
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code === undefined ? (named[name ?? ""] ?? whole) : String.fromCharCode(Number(code)),
  );
}

function keepCookie(cookies: Map<string, Cookie>, line: string): void {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const at = pair.indexOf("=");
  const name = pair.slice(0, at);
  const value = pair.slice(at + 1);
  const attribute = (key: string) =>
    attributes.find((text) => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
  const path = attribute("path") ?? "/";
  const gone = value === "" || Date.parse(attribute("expires") ?? "") < Date.now();
  if (gone) cookies.delete(`${path} ${name}`);
  else cookies.set(`${path} ${name}`, { value, path });
}

function cookieHeader(cookies: ReadonlyMap<string, Cookie>, path: string): string {
  return [...cookies]
    .filter(([, cookie]) => path.startsWith(cookie.path))
    .map(([key, cookie]) => `${key.slice(key.indexOf(" ") + 1)}=${cookie.value}`)
    .join("; ");
}
