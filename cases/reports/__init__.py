"""Reports to the regulator: what they say, by when they are due, who may move them on, and how they leave the house."""
