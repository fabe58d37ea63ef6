"""The rules engine: parse a rule once, compile a ruleset once, run it for every transaction,
explain every hit.

It knows nothing of Django, of the database or of a dialect, and never evaluates text that a user wrote.
"""
