"""Changes to what a team decides by. Each is a keyword-only function, one transaction, audited in it."""
