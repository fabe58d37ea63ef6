"""PostgreSQL and Redis from wheels, so that a newcomer needs nothing but Python and make.

They are for laptops, tests and demonstrations: private to one state directory, reachable from this
machine only. This package must never touch a database or a process that it did not start, and knows nothing
of Django.
"""
