"""The people of the demo bank at work: they open, note, dismiss and resolve through the desk's own services.

Nothing here may run on a production system, or write a row by hand.
"""
