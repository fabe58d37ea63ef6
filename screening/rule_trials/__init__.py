"""Rules on trial: what a rule would do, or does, before and beside deciding anything.

`back_test.py` judges a range of stored history; `ranges.py`, `work.py` and `tasks.py` go through it in the background;
`shadow.py` judges shadow rules with every evaluation; `tally.py` counts by day what rules did. Nothing here decides.
"""
