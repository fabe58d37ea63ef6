"""Pages of the teams app: signing in and out, and what every page asks before it shows anything."""
