"""Sends recorded payments to a running server over HTTP, in time order, and reports what it decided.

`readers/` turn a file into payments, `stream.py` puts them in time order, `sender.py` sends them, `report.py`
counts. It is a client like any other: it must never reach into the database, and a label must never leave the
file.
"""
