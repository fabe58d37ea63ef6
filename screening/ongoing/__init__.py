"""The ongoing lane: after a refresh customers are screened against what it changed, not everything against everything."""
