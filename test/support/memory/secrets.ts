import { generateKeyPairSync } from "node:crypto";

export interface PlantedSecret {
  readonly name: string;
  /** As somebody would paste it. */
  readonly written: string;
  /** What must be found nowhere afterwards. */
  readonly secret: string | readonly string[];
}

/** Letters and digits that look random and are the same at every run. Parts are joined here, so that no scanner of repositories objects. */
function noise(
  length: number,
  alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789",
  seed = 7,
): string {
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += alphabet[Math.floor(state / 65_536) % alphabet.length];
  }
  return text;
}
const HEX = "0123456789abcdef";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Forms of secrets that people paste into prompts and models repeat in answers. */
export function plantedSecrets(): readonly PlantedSecret[] {
  const planted: PlantedSecret[] = [];
  let seed = 100;
  const fresh = (length: number, alphabet?: string) => noise(length, alphabet, seed++);
  /** The whole of it is the secret. */
  const whole = (name: string, text: string) => planted.push({ name, written: text, secret: text.slice(4) });
  const within = (name: string, secret: string, write: (secret: string) => string) =>
    planted.push({ name, written: write(secret), secret });

  whole("AWS access key", `AKIA${fresh(16, UPPER)}`);
  whole("AWS temporary key", `ASIA${fresh(16, UPPER)}`);
  within("AWS secret key", fresh(40), (text) => `aws_secret_access_key = ${text}`);
  whole("OpenAI project key", `sk-proj-${fresh(48)}-${fresh(20)}_${fresh(30)}`);
  whole("OpenAI key", `sk-${fresh(48)}`);
  whole("OpenAI service key", `sk-svcacct-${fresh(60)}`);
  whole("Anthropic key", `sk-ant-api03-${fresh(86)}-${fresh(6)}AA`);
  whole("OpenRouter key", `sk-or-v1-${fresh(64, HEX)}`);
  whole("GitHub token", `ghp_${fresh(36)}`);
  whole("GitHub app token", `ghs_${fresh(36)}`);
  whole("GitHub fine-grained token", `github_pat_${fresh(22)}_${fresh(59)}`);
  whole("GitLab token", `glpat-${fresh(20)}`);
  whole("Slack bot token", `xoxb-${fresh(12, "0123456789")}-${fresh(12, "0123456789")}-${fresh(24)}`);
  whole("Slack app token", `xapp-1-A${fresh(10, UPPER)}-${fresh(13, "0123456789")}-${fresh(64, HEX)}`);
  within(
    "Slack webhook",
    `T${fresh(8, UPPER)}/B${fresh(8, UPPER)}/${fresh(24)}`,
    (text) => `https://hooks.slack.com/services/${text}`,
  );
  whole("Google API key", `AIza${fresh(35)}`);
  whole("Google access token", `ya29.${fresh(60)}`);
  whole("Google client secret", `GOCSPX-${fresh(28)}`);
  whole("Stripe live key", `sk_live_${fresh(24)}`);
  whole("Stripe restricted key", `rk_live_${fresh(24)}`);
  whole("Stripe webhook secret", `whsec_${fresh(32)}`);
  whole("npm token", `npm_${fresh(36)}`);
  whole("PyPI token", `pypi-AgEIcHlwaS5vcmc${fresh(80)}`);
  whole("Docker token", `dckr_pat_${fresh(27)}`);
  whole("Hugging Face token", `hf_${fresh(34)}`);
  whole("Groq key", `gsk_${fresh(52)}`);
  whole("xAI key", `xai-${fresh(80)}`);
  whole("SendGrid key", `SG.${fresh(22)}.${fresh(43)}`);
  whole("Mailgun key", `key-${fresh(32, HEX)}`);
  whole("Twilio key", `SK${fresh(32, HEX)}`);
  whole("Telegram bot token", `${fresh(9, "123456789")}:AA${fresh(33)}`);
  whole("Discord token", `MT${fresh(24)}.${fresh(6)}.${fresh(38)}`);
  whole("DigitalOcean token", `dop_v1_${fresh(64, HEX)}`);
  whole("Vault token", `hvs.${fresh(90)}`);
  whole("Databricks token", `dapi${fresh(32, HEX)}`);
  whole("Shopify token", `shpat_${fresh(32, HEX)}`);
  whole("Square token", `sq0atp-${fresh(22)}`);
  whole("Linear key", `lin_api_${fresh(40)}`);
  whole("Notion token", `ntn_${fresh(46)}`);
  whole("Figma token", `figd_${fresh(40)}`);
  whole("Postman key", `PMAK-${fresh(24, HEX)}-${fresh(34, HEX)}`);
  whole("Grafana token", `glsa_${fresh(32)}_${fresh(8, HEX)}`);
  whole("Atlassian token", `ATATT3xFfGF0${fresh(60)}`);
  whole("age key", `AGE-SECRET-KEY-1${fresh(58, UPPER)}`);
  within(
    "Azure storage key",
    `${fresh(86)}==`,
    (text) => `AccountName=store;AccountKey=${text};EndpointSuffix=core.windows.net`,
  );
  within("JWT", `.${fresh(60)}.${fresh(43)}`, (text) => `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9${text}`);
  within("JWT without its signature", `.${fresh(60)}.`, (text) => `eyJhbGciOiJub25lIn0${text}`);
  within("bearer", fresh(40), (text) => `Authorization: Bearer ${text}`);
  within("opaque bearer of ours", fresh(43), (text) => `curl -H "authorization: bearer ${text}"`);
  within(
    "basic",
    Buffer.from(`admin:${fresh(12)}`).toString("base64"),
    (text) => `Authorization: Basic ${text}`,
  );
  within("cookie", fresh(32), (text) => `Cookie: session=${text}`);
  within("password in a URL", fresh(14), (text) => `postgres://app:${text}@db.internal:5432/main`);
  within("password of a cache", fresh(14), (text) => `redis://:${text}@cache:6379/0`);
  within("token in a URL", fresh(30), (text) => `https://api.example.com/v1?access_token=${text}&x=1`);
  within("signed URL", fresh(64, HEX), (text) => `https://s3.example.com/a?X-Amz-Signature=${text}`);
  within("password", "hunter2-Winter!", (text) => `password: ${text}`);
  within("password in a sentence", "Tr0ub4dor&3", (text) => `the password is ${text}`);
  within("password in quotes", "correct horse battery staple", (text) => `DB_PASSWORD="${text}"`);
  within("client secret", fresh(43), (text) => `{"client_secret": "${text}"}`);
  within("API key of anybody", fresh(32), (text) => `X-Api-Key: ${text}`);
  within("environment", fresh(40), (text) => `export MY_SERVICE_SECRET_TOKEN=${text}`);
  const pems = [
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ];
  for (const [at, { privateKey }] of pems.entries()) {
    const pem = privateKey.export({ type: at === 0 ? "sec1" : "pkcs1", format: "pem" } as never) as string;
    const body = pem.split("\n").slice(1, -2);
    planted.push({ name: `${at === 0 ? "EC" : "RSA"} private key`, written: pem, secret: body });
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  planted.push({ name: "private key cut short", written: pem.slice(0, 70), secret: pem.slice(30, 70) });
  return planted;
}
