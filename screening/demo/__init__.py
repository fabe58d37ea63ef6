"""The demo bank that a first start shows: made-up people and payments, really listed names.

It is made by the ways that a bank would use: services for teams and keys, the list loader, payments over HTTP.
Nothing here may run on a production system.
"""
