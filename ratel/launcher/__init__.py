"""The parts of `python -m ratel.launch`: services, secrets, supervised processes, and what is said meanwhile.

Nothing here may import Django: the launcher starts the programs that do.
"""
