"""Fills one of the bench's databases, in a process of its own: `python -m screening.bench.build bank | history ...`.

The environment says which database; only what the bench's parent process passes is ever filled.
"""

import sys

import django


def main(arguments: list[str]) -> int:
    what, first, second, *how = arguments
    django.setup()
    # The models cannot be imported before Django is set up.
    from screening.bench import bank, history

    if what == "bank":
        bank.make(customers=int(first), list_names=int(second))
    else:
        history.fill(rows=int(first), customers=int(second), named="named" in how)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
