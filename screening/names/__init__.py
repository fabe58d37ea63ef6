"""The name matcher: normalise, find candidates, align, weigh evidence. It knows nothing of Django, teams or
requests.
"""
