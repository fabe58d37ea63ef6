"""How fast batches are accepted and decided, as they run in production."""
