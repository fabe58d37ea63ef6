"""`make bench-names`: how fast, how large, how quiet and how thorough name screening is at 1.8 million entities.

It measures the real builder and the real search; it must never be imported by what serves requests.
"""
