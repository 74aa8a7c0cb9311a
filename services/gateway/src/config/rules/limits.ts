import type { Rule } from "./rule.ts";

/** What the environment's short forms are called. */
const TAKEN = ["tokens-per-minute", "requests-per-minute", "concurrent"];
/** Most that is counted in billionths without losing one. */
const MOST_MONEY = 9_000_000;

/** A name is shown in a header, and two rules of one name would count together. */
export const limitNamesAreDistinct: Rule = ({ settings: { limits }, layers: { report } }) => {
  const seen = new Set(TAKEN);
  for (const list of ["requests", "concurrency", "budgets"] as const) {
    for (const [index, { name }] of limits[list].entries()) {
      if (name === undefined) continue;
      const place = `limits.${list}.${index}.name`;
      if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name))
        report.mistake(place, "must begin with a letter and have letters, digits, - and _ only");
      else if (seen.has(name) || /^(requests|concurrency|budget)-\d+$/.test(name))
        report.mistake(place, "is the name of another limit");
      seen.add(name);
    }
  }
};

export const budgetsCountOneThing: Rule = ({ settings: { limits }, layers: { report } }) => {
  for (const [index, { tokens, money, model }] of limits.budgets.entries()) {
    const place = `limits.budgets.${index}`;
    if ((tokens === undefined) === (money === undefined))
      report.mistake(place, "must have tokens or money, and not both", "tokens: 1000000");
    if (money !== undefined && !(Number(money) > 0 && Number(money) <= MOST_MONEY))
      report.mistake(`${place}.money`, `must be more than 0 and at most ${MOST_MONEY}`);
    if (money !== undefined && model === undefined && limits.prices.length === 0)
      report.mistake("limits.prices", "must say what models cost, for there is a budget in money");
  }
};

export const pricesNameModels: Rule = ({ settings: { limits }, layers: { report } }) => {
  for (const [index, { models }] of limits.prices.entries())
    if (models.length === 0) report.mistake(`limits.prices.${index}.models`, "must name models");
};

/** A database in memory is one process's own. */
export const workersShareStore: Rule = ({ settings: { server, database }, layers: { report } }) => {
  if (server.workers > 1 && database === "sqlite::memory:")
    report.mistake("server.workers", "can be more than 1 only with a database that all of them share");
};

/** CONTRACT §2: several nodes need one secret, and no file beside the database is shared by them. */
export const redisNeedsSecret: Rule = ({ settings: { redis, secret }, layers: { report }, command }) => {
  if (redis === undefined || report.isFaulty("redis")) return;
  if (!/^rediss?:\/\/[^/]/.test(redis) || !URL.canParse(redis))
    report.mistake("redis", "must begin with redis:// or rediss:// and name a host");
  else if (secret === undefined && command === "serve" && !report.isFaulty("secret"))
    report.mistake("secret", "must be set where there is Redis: all nodes need the same");
};
