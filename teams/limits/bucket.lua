-- Takes one token out of every bucket of KEYS, or out of none. ARGV: calls a minute and burst of each.
-- A bucket is stored as "microsecond level"; a token is 60,000,000 parts of a level, so that each microsecond adds
-- exactly `calls a minute` parts. All numbers are whole and below 2^53, so nothing is ever rounded. A bucket that is
-- not stored is full: it is kept for as long as it takes to fill.
local TOKEN = 60000000
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local levels, rates, capacities = {}, {}, {}
local is_admitted, wait, went_back = 1, 0, false

for i = 1, #KEYS do
  local rate, capacity = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i]) * TOKEN
  local level, stored = capacity, redis.call('GET', KEYS[i])
  if stored then
    local at, kept = string.match(stored, '^(%d+) (%d+)$')
    -- Where the machine's clock was set back, the bucket goes on from the new time with what it had.
    went_back = went_back or now < tonumber(at)
    local elapsed = math.min(math.max(now - tonumber(at), 0), math.ceil(capacity / rate))
    level = math.min(tonumber(kept) + elapsed * rate, capacity)
  end
  levels[i], rates[i], capacities[i] = level, rate, capacity
  if level < TOKEN then
    is_admitted = 0
    wait = math.max(wait, math.ceil((TOKEN - level) / rate))
  end
end

local answer = {is_admitted, now, wait}
for i = 1, #KEYS do
  local level = levels[i] - TOKEN * is_admitted
  local until_full = math.ceil((capacities[i] - level) / rates[i])
  -- A refusal changes nothing: the bucket fills on from what is stored.
  if is_admitted == 1 or went_back then
    local kept_ms = math.ceil(until_full / 1000) + 1000
    redis.call('SET', KEYS[i], string.format('%.0f %.0f', now, level), 'PX', string.format('%.0f', kept_ms))
  end
  answer[2 + 2 * i] = math.floor(level / TOKEN)
  answer[3 + 2 * i] = until_full
end
return answer
