"""Watchlists: reading publishers' files, and keeping what was read in generations."""
