"""How risky an entity looks over its last 90 days, and where it stands among those who pay each other.

    facts.py (reads) -> score.py (a declared table of factors) -> GET /v1/entities/{id}/risk
    network.py (pure) <- compute.py (hourly)

It must never let a report to the regulator be guessed: reports are no factor of the score.
"""
