"""The delivery engine: outbox rows become deliveries, deliveries are claimed, sent and settled.

`engine.py` is the story. The rows are the truth: any process may die at any moment, and another goes on.
"""
