import type { DevUser } from "./users.ts";

/** Pages that work without JavaScript, from no other origin, and say what this issuer is. */

/**
 * Sent with every answer. `script-src 'self'` (we serve none) is named so that oidc-provider adds the hash of the one
 * inline script it has, which submits a form by itself; `form-action` is not, because browsers apply it to the redirect back
 * to the client too. Nothing may frame a page on which one click signs in.
 */
export const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
} as const;

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c1e21}
main{max-width:26rem;margin:12vh auto;padding:2rem;background:#fff;border:1px solid #d8dbe0;border-radius:12px}
h1{font-size:1.3rem;margin:0 0 1rem}code{overflow-wrap:anywhere}
button,input[type=text]{display:block;box-sizing:border-box;width:100%;margin:.5rem 0;padding:.7rem;font:inherit;border-radius:8px;border:1px solid #b9bec7;background:#fff}
button{cursor:pointer}button:focus,button:hover{border-color:#2b59c3}
button.main{background:#2b59c3;border-color:#2b59c3;color:#fff}
.code{font-size:2rem;letter-spacing:.1em;text-align:center}
small{color:#5c6470}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#e6e8eb}main,button,input[type=text]{background:#1f2227;color:inherit;border-color:#3b4048}small{color:#9aa2ad}}`;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
<p><small>Attach dev issuer: for development on this machine only, it asks for no password.</small></p>
</main>
</body>
</html>
`;
}

/** Chooses a user and consents, in one step. */
export function signInPage(request: {
  readonly action: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly users: readonly DevUser[];
  /** Who is signed in already, if anyone: comes first. */
  readonly current: string | undefined;
}): string {
  const first = request.current ?? request.users[0]?.id;
  const users = [...request.users].sort((a, b) => Number(b.id === first) - Number(a.id === first));
  const buttons = users.map(
    (user, index) =>
      `<button${index === 0 ? ' class="main" autofocus' : ""} type="submit" name="user" value="${escapeHtml(user.id)}">Continue as ${escapeHtml(user.name)}</button>`,
  );
  return page(
    "Sign in",
    `<p><strong>${escapeHtml(request.client)}</strong> asks for ${codes(request.scopes)}${
      request.resources.length > 0 ? ` at ${codes(request.resources)}` : ""
    }.</p>
<form method="post" action="${escapeHtml(request.action)}">
${buttons.join("\n")}
<button type="submit" name="cancel" value="yes">Cancel</button>
</form>`,
  );
}

/** Asks for the code that a device shows. `form` comes from oidc-provider, complete but for the button. */
export function deviceCodePage(form: string, problem: string | undefined): string {
  return page(
    "Sign in a device",
    `<p>${escapeHtml(problem ?? "Type the code that your device shows.")}</p>
${form}
<button class="main" type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

export function deviceConfirmPage(form: string, client: string, userCode: string): string {
  return page(
    "Is this your device?",
    `<p><strong>${escapeHtml(client)}</strong> should show this code:</p>
<p class="code">${escapeHtml(userCode)}</p>
${form}
<button class="main" autofocus type="submit" form="op.deviceConfirmForm">Yes, continue</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No, stop</button>`,
  );
}

export function deviceDonePage(client: string): string {
  return page("Signed in", `<p>${escapeHtml(client)} is signed in. You can close this page.</p>`);
}

export function signOutPage(form: string): string {
  return page(
    "Sign out?",
    `${form}
<button class="main" autofocus type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>
<button type="submit" form="op.logoutForm">No, stay</button>`,
  );
}

export function signedOutPage(): string {
  return page("Signed out", "<p>You are signed out.</p>");
}

export function errorPage(error: string, description: string | undefined): string {
  return page(
    "That did not work",
    `<p><code>${escapeHtml(error)}</code> ${escapeHtml(description ?? "")}</p>`,
  );
}

function codes(names: readonly string[]): string {
  return names.map((name) => `<code>${escapeHtml(name)}</code>`).join(" ");
}
