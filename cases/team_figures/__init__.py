"""The figures of a team's overview: bounded, indexed reads that end as frozen values. Reads only, decides nothing.

Call inside `tenant(...)` of whoever may see the team. What is counted over a whole window is kept for some seconds
(`kept.py`), because a wall of screens asks for the same numbers again and again.
"""
