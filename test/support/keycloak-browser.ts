/** A person at a browser, by HTTP alone: enough of one to sign in at Keycloak's pages and to say yes. */

interface Person {
  readonly username: string;
  readonly password: string;
}

/** Pages until the end of a log-in: the code, the password, the consent, and what they redirect to. */
const MAX_PAGES = 12;

/**
 * Opens the address that `attach-gateway login` shows, signs in and grants what is asked for.
 * @returns the text of the last page
 */
export async function approve(address: string, person: Person): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { readonly url: string; readonly form?: URLSearchParams } = { url: address };
  for (let page = 0; page < MAX_PAGES; page++) {
    const response = await fetch(next.url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(next.form === undefined ? {} : { method: "POST", body: next.form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const html = await response.text();
    const elsewhere = response.headers.get("location");
    if (elsewhere !== null) {
      next = { url: new URL(elsewhere, next.url).href };
      continue;
    }
    const form = /<form\b[^>]*\baction="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html);
    if (form === null) return html;
    const [, action = "", body = ""] = form;
    next = { url: new URL(plain(action), next.url).href, form: fill(body, person) };
  }
  throw new Error(`Keycloak showed more than ${MAX_PAGES} pages`);
}

/** What is in the form, with what only the person knows; of two buttons the one that says yes. */
function fill(body: string, person: Person): URLSearchParams {
  const form = new URLSearchParams();
  for (const [input] of body.matchAll(/<(?:input|button)\b[^>]*>/g)) {
    const of = (attribute: string) => plain(new RegExp(`\\b${attribute}="([^"]*)"`).exec(input)?.[1] ?? "");
    const name = of("name");
    if (name !== "" && name !== "cancel" && of("type") !== "checkbox") form.set(name, of("value"));
  }
  if (form.has("username")) form.set("username", person.username);
  if (form.has("password")) form.set("password", person.password);
  return form;
}

function plain(text: string): string {
  return text.replaceAll("&amp;", "&");
}
