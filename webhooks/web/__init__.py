"""Pages of the desk about webhooks."""
