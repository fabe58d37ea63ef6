"""How many calls a key, or a person's programs, may make: token buckets in Redis, and what happens while it is away.

`tiers` says how much, `bucket.lua` and `shared` keep the buckets in Redis, `own` keeps them here when Redis is away,
`admission` is what every call with a key or a token passes. Nothing here must ever wait for long, and nothing must ever
open without bound. A key without limits costs nothing.
"""
