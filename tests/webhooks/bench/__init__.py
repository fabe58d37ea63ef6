"""How fast webhooks are delivered, counted at the receiver: `make bench-webhooks`."""
