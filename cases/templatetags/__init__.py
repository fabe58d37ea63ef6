"""Template filters of the pages about cases."""
