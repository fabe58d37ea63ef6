"""Fail-open's other half: what was decided without a layer is decided again with it, and whoever must know is told.

`queue.py` writes a row in the partial decision's own transaction; `again.py` decides again, from what was stored;
`store.py` writes the full evaluation beside the partial one; `run.py` goes through the queue. The first evaluation is
never altered: it is what the bank was answered.
"""
