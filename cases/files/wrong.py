"""Why a file is refused."""


class Wrong(Exception):
    """`str(error)` ends the sentence "It was refused because ..."."""
