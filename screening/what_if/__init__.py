"""What another decision policy would have done: stored layer scores and hits judged again, in the database, exactly.

Nothing is evaluated again, so what a policy changes before the layers (from which score a name counts) is not in it.
"""
