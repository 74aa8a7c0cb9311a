/** One form of secret. `secret` is the group that is taken out; without it the whole match is. */
export interface SecretPattern {
  readonly name: string;
  readonly form: RegExp;
  readonly secret?: number;
}

const pattern = (name: string, form: RegExp, secret?: number): SecretPattern =>
  secret === undefined ? { name, form } : { name, form, secret };

/** Ends of a word, so that no part of a longer one is taken for a key. */
const prefixed = (name: string, body: string): SecretPattern =>
  pattern(name, new RegExp(`(?<![A-Za-z0-9_])(?:${body})`, "g"));

/** Names of what is secret, as code, settings and people write them. */
const NAME =
  "(?:pass(?:word|wd|phrase|code)|\\bpwd|\\bpw|secret|api[-_ ]?key|access[-_ ]?key|account[-_ ]?key|(?:auth|access|refresh|id|session|bearer)[-_ ]?token|(?:private|encryption|signing|master)[-_ ]?key|credentials?|\\btoken)(?:[-_][A-Za-z0-9]{1,20}){0,2}";
const QUOTES = "[\\\\\"'`]{0,4}";
const ASSIGNS = `${QUOTES}\\s{0,3}(?::=|=>|[:=])\\s{0,3}`;

/** Is this what something secret is called? Then what it holds is taken out, whatever it looks like. */
export function isSecretName(name: string): boolean {
  return name.length <= 128 && SECRET_NAME.test(name);
}

const SECRET_NAME = new RegExp(`${NAME}$`, "i");

/** What follows such a name: in quotes, as a word, or in a sentence, where only what looks like one is taken for a secret. */
function assigned(): readonly SecretPattern[] {
  const value = (form: string) => pattern("assigned", new RegExp(NAME + form, "gi"), 1);
  return [
    value(`${ASSIGNS}\\\\?["'\`]([^"'\`\\r\\n]{4,512})`),
    value(`${ASSIGNS}${QUOTES}([^\\s"'\`,;<>\\\\]{6,512})`),
    value(`\\s{1,3}(?:is|was)[:\\s]{1,3}${QUOTES}((?=[^\\s]{0,64}[0-9!@#$%^&*_])[^\\s"'\`,;<>]{6,512})`),
  ];
}

/**
 * The forms that we know ourselves, beside those of the library (S22): where both know one, what either finds goes. Every
 * expression takes time in proportion to the text: no two ways to match the same words (fuzzed in redact.test.ts).
 */
export const PATTERNS: readonly SecretPattern[] = [
  // Keys as files. One that is cut short goes as far as it comes.
  pattern(
    "private-key",
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{0,10000}?-----END [A-Z0-9 ]{1,60}-----|(?:[A-Za-z0-9+/=\r\n]|\\[nr]){0,10000})/g,
  ),
  pattern("age-key", /AGE-SECRET-KEY-1[0-9A-Z]{20,80}/g),
  pattern("putty-key", /Private-Lines: \d{1,3}\s{1,4}(?:[A-Za-z0-9+/=]{1,80}\s{1,4}){1,60}/g),

  // Tokens of any issuer: JWS, JWE, and those whose signature was left out.
  // Where a run of its letters begins: else one long run would be gone through from each of its places.
  pattern("jwt", /(?<![A-Za-z0-9_-])ey[JKL][A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}/g),
  pattern("bearer", /\b(?:bearer|dpop|ssws|apikey|api-key)[ \t:=]{1,3}["']?([A-Za-z0-9._~+/=-]{16,})/gi, 1),
  pattern(
    "bearer",
    /\b(?:bearer|token)[ \t]{1,3}((?=[A-Za-z._~+/=-]{0,40}[0-9])[A-Za-z0-9._~+/=-]{8,})/gi,
    1,
  ),
  pattern("basic", /\bbasic[ \t]{1,3}((?=[A-Za-z+/]{0,64}[0-9=])[A-Za-z0-9+/]{8,}={0,2})/gi, 1),
  pattern(
    "authorization",
    /\b(?:proxy-)?authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:[A-Za-z]{1,20}[ \t]{1,3})?([^\s"',;]{6,})/gi,
    1,
  ),
  pattern("cookie", /\b(?:set-)?cookie["']?[ \t]{0,3}[:=][ \t]{0,3}["']?([^\r\n"']{6,2000})/gi, 1),

  // Clouds.
  prefixed(
    "aws-key-id",
    "(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|AROA|APKA|ASCA)[A-Z0-9]{16}(?![A-Z0-9])",
  ),
  pattern(
    "aws-secret",
    /\baws.{0,20}?(?:secret|key|token).{0,20}?["':= ]{1,5}([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])/gi,
    1,
  ),
  prefixed("google-key", "AIza[0-9A-Za-z_-]{35}"),
  prefixed("google-token", "ya29\\.[0-9A-Za-z_-]{20,}"),
  prefixed("google-secret", "GOCSPX-[A-Za-z0-9_-]{20,}"),
  pattern("azure-key", /\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{20,}={0,2})/gi, 1),
  prefixed("azure-secret", "[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}"),
  prefixed("digitalocean", "do[opr]_v1_[a-f0-9]{32,}"),
  prefixed("cloudflare", "(?:v1\\.0-[a-f0-9]{24}-[a-f0-9]{60,}|cf(?:k|ut|at)_[A-Za-z0-9]{30,})"),
  prefixed("alibaba", "LTAI[A-Za-z0-9]{12,30}(?![A-Za-z0-9])"),
  prefixed("fly", "(?:fo1_|fm[12][ar]?_)[A-Za-z0-9+/=_-]{20,}"),
  prefixed("heroku", "HRKU-[A-Za-z0-9_-]{30,}"),

  // Models.
  prefixed("openai", "sk-(?:proj|svcacct|admin|None|or|lf|ant)?-?[A-Za-z0-9_-]{16,}"),
  prefixed("huggingface", "(?:hf|api_org)_[A-Za-z0-9]{20,}"),
  prefixed("groq", "gsk_[A-Za-z0-9]{20,}"),
  prefixed(
    "model-key",
    "(?:xai|pplx|tvly|nvapi|fw|csk|r8|together|jina|voyage|co)[-_](?=[A-Za-z_-]{0,48}[0-9])[A-Za-z0-9_-]{24,}",
  ),

  // Code and packages.
  prefixed("github", "(?:gh[opusr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
  prefixed("gitlab", "gl(?:pat|rt|cbt|dt|ptt|soat|ft|imt|agent|oas|ffct)-[A-Za-z0-9_.-]{16,}"),
  prefixed("npm", "npm_[A-Za-z0-9]{30,}"),
  prefixed("pypi", "pypi-[A-Za-z0-9_-]{30,}"),
  prefixed("rubygems", "rubygems_[a-f0-9]{30,}"),
  prefixed("docker", "dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
  prefixed("vercel", "vc[pkair]_[A-Za-z0-9]{20,}"),
  prefixed("atlassian", "ATATT3[A-Za-z0-9_=+/-]{20,}"),

  // Talk, mail, money.
  prefixed("slack", "(?:xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-\\d-[A-Za-z0-9-]{10,})"),
  pattern("slack-hook", /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9/_-]{20,})/gi, 1),
  pattern("discord-hook", /discord(?:app)?\.com\/api\/webhooks\/(\d{15,21}\/[A-Za-z0-9_-]{30,})/gi, 1),
  prefixed("discord", "[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}"),
  prefixed("telegram", "\\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
  prefixed("stripe", "(?:[srp]k_(?:live|test)|rk_prod|sk_prod)_[A-Za-z0-9]{10,}"),
  prefixed("webhook-secret", "whsec_[A-Za-z0-9+/=]{16,}"),
  prefixed("sendgrid", "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}"),
  prefixed("mailgun", "key-[a-f0-9]{32}(?![a-z0-9])"),
  prefixed("mailchimp", "[a-f0-9]{32}-us\\d{1,2}(?![0-9])"),
  prefixed("twilio", "(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])"),
  prefixed("square", "(?:sq0[a-z]{3}-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{56,})"),
  prefixed("shopify", "shp(?:at|ca|pa|ss|ua|tka)_[A-Fa-f0-9]{20,}"),

  // Infrastructure.
  prefixed("vault", "hv[sbr]\\.[A-Za-z0-9_-]{20,}"),
  prefixed("databricks", "dapi[a-f0-9]{32}(?:-\\d)?"),
  prefixed("grafana", "(?:glsa|glc|eyJrIjoi)_?[A-Za-z0-9+/_=-]{20,}"),
  prefixed("newrelic", "NR(?:AK|JS|II)-[A-Za-z0-9-]{20,}"),
  prefixed("sentry", "sntry[su]_[A-Za-z0-9+/=_-]{20,}"),
  prefixed("doppler", "dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9_.-]{20,}"),
  prefixed(
    "service-key",
    "(?:lin_(?:api|oauth)|ntn|secret|sbp|sb_secret|pscale_(?:tkn|oauth|pw)|figd|PMAK|ops|tskey|dop|phc|phx|rnd|re|ctx7sk|tfp|pul|dt0c01|CFPAT|nfp|bkua|shippo_(?:live|test)|EZ[AT]K|lob|key|sl)[-_.](?=[A-Za-z_.-]{0,48}[0-9])[A-Za-z0-9_.-]{24,}",
  ),

  // What stands where a secret stands.
  pattern("url-password", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'<>]{0,100}:([^\s@/"'<>]{1,200})@/gi, 1),
  pattern(
    "url-parameter",
    /[?&#](?:access_token|refresh_token|id_token|auth_token|token|api_?key|key|sig|signature|secret|client_secret|password|x-amz-signature|x-amz-security-token|code)=([^\s&#"'<>]{6,})/gi,
    1,
  ),
  ...assigned(),
];
