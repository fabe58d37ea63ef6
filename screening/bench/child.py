"""What needs a Django of its own, on another of the bench's databases: `python -m screening.bench.child WHAT SIZES`.

The environment says which database; only what the bench's parent process passes is ever filled.
"""

import sys

import django


def main(arguments: list[str]) -> int:
    what, *rest = arguments
    sizes = [int(size) for size in rest if size.isdecimal()]
    django.setup()
    # What knows models cannot be imported before Django is set up.
    from screening.bench import bank, history, reads

    if what == "bank":
        bank.make(customers=sizes[0], list_names=sizes[1])
    elif what == "history":
        history.fill(rows=sizes[0], customers=sizes[1], named="named" in rest)
    else:
        reads.answer(sys.stdin, sys.stdout, customers=sizes[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
