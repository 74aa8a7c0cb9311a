import { hash } from "node:crypto";
import type { Script } from "./connection.ts";

/**
 * The rule of `core/ledger-rule.ts`, carried out by Redis for one account: one hash, whose fields are what was used by bucket (`u:…`)
 * and what each process holds (`h:…` → amount:until). Time is Redis's own, so that nodes need not agree on it.
 *
 * ARGV: holder, leaseMs, kind (sliding, period, none), step of the window in ms or start of the period, steps, end of the period,
 * limit, used, live, keep, need, wish. Answers {held, left, free in ms}.
 */
const SOURCE = `
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local holder, lease, kind = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local step, steps, finish = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local limit, report = tonumber(ARGV[7]), tonumber(ARGV[8])
local live, keep, need, wish = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local key = KEYS[1]
local current, oldest = 0, 1
if kind == 'sliding' then
  current = math.floor(now / step)
  oldest = current - steps
elseif kind == 'period' then
  current = step
  oldest = step
end
local int = function(n) return string.format('%.0f', n) end
if report > 0 and kind ~= 'none' then redis.call('HINCRBY', key, 'u:' .. int(current), int(report)) end
local used, others, buckets, last = 0, 0, {}, now + lease
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local field, value = all[i], all[i + 1]
  local name = string.sub(field, 3)
  if string.sub(field, 1, 2) == 'u:' then
    local bucket = tonumber(name)
    if bucket < oldest then
      redis.call('HDEL', key, field)
    elseif bucket == oldest or kind == 'sliding' then
      used = used + tonumber(value)
      buckets[#buckets + 1] = { bucket, tonumber(value) }
    end
  else
    local colon = string.find(value, ':', 1, true)
    local till = tonumber(string.sub(value, colon + 1))
    if till <= now then
      redis.call('HDEL', key, field)
    else
      if name ~= holder then others = others + tonumber(string.sub(value, 1, colon - 1)) end
      if till > last then last = till end
    end
  end
end
local available = limit - used - others
local base = live + keep + need
local held
if available < base then
  held = math.max(live, available)
else
  held = base + math.min(wish, math.floor((available - base) / 8))
end
if held > 0 then
  redis.call('HSET', key, 'h:' .. holder, int(held) .. ':' .. int(now + lease))
else
  redis.call('HDEL', key, 'h:' .. holder)
end
local ends = function(bucket)
  if kind == 'sliding' then return (bucket + steps + 1) * step end
  return finish
end
local free = 0
local excess = used + others + live + need - limit
if excess > 0 then
  table.sort(buckets, function(a, b) return a[1] < b[1] end)
  for _, entry in ipairs(buckets) do
    excess = excess - entry[2]
    if excess <= 0 then
      free = math.max(1, ends(entry[1]) - now)
      break
    end
  end
end
if used > 0 then last = math.max(last, ends(current)) end
if used > 0 or held > 0 or others > 0 then
  redis.call('PEXPIREAT', key, int(last + 1000))
end
return { int(held), int(math.max(0, limit - used - others - held)), int(free) }
`;

export const LEDGER_SCRIPT: Script = { source: SOURCE, sha1: hash("sha1", SOURCE) };
