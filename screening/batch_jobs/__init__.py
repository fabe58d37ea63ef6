"""Batches of 1 to 10,000 transactions that are accepted at once and decided in the background.

    accept.py -> rows of chunks -> claim.py -> chunk.py (decides) -> store.py -> results, event, callback

The rows are the truth: whoever dies in the middle leaves a lease that ends, and the dialect's idempotency answers what
had been decided already. It must never decide an item twice, and never put an item's contents into a task or a log.
"""
