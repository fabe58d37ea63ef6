"""Queue mode (`Prefer: respond-async`): a transaction is taken in at once and decided within a second or two.

The row is written before anybody is answered 202; its id is the id that the evaluation will have, so that deciding it
again after a kill finds what was decided. It must never take in more than may wait.
"""
