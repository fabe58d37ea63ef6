"""How fast Ratel decides on this machine, beside the floor below which no Django view with a commit can go.

`make bench` runs it. It works on databases of its own (`ratel_bench...`), and must never touch another one.
"""
