"""Pages of the desk about rules, the decision policy, lists and batches."""
