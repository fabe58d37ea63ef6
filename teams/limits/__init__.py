"""How many calls a key may make: token buckets that all processes share in Redis, and what happens while it is away.

`tiers` says how much, `bucket.lua` and `shared` keep the buckets in Redis, `own` keeps them here when Redis is away,
`admission` is what every call with a key passes. Nothing here must ever wait for long, and nothing must ever open without
bound. A key without limits costs nothing.
"""
