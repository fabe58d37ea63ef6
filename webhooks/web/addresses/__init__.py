"""Addresses of the desk, a module for each section; all begin with the team."""
