"""Makes `.venv` and installs what a requirements file pins, when its content changed: `make` calls it first.

It runs on the bare Python of the machine, so it must never import anything but the standard library and its
neighbours that do the same.
"""

import argparse
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from ratel.launcher import lock
from ratel.launcher.progress import complain, say, step

PROJECT = Path(__file__).resolve().parent.parent.parent
OLDEST_PYTHON = (3, 11)
PROGRESS_EVERY_SECONDS = 10.0
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r")
# Whatever installs the second also installs the first.
INCLUDES = {
    "requirements.txt": ["requirements.txt"],
    "requirements-kafka.txt": ["requirements.txt", "requirements-kafka.txt"],
    "requirements-dev.txt": ["requirements.txt", "requirements-kafka.txt", "requirements-dev.txt"],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m ratel.launcher.prepare requirements.txt`; 0 when everything is there."""
    parser = argparse.ArgumentParser(prog="python -m ratel.launcher.prepare", description=__doc__)
    parser.add_argument("requirements", choices=sorted(INCLUDES))
    wanted = parser.parse_args(arguments)
    if sys.version_info < OLDEST_PYTHON:
        complain(f"Ratel needs Python 3.11 or newer, this is {sys.version.split()[0]}.")
        return 1
    (PROJECT / "var").mkdir(exist_ok=True)
    with lock.exclusive(PROJECT / "var" / "prepare.lock", wait=True):
        return prepare(PROJECT, wanted.requirements)


def prepare(project: Path, requirements: str) -> int:
    """Do what is missing and nothing else; a second call with the same files returns at once."""
    environment = project / ".venv"
    if not works(environment) and not _create(environment):
        return 1
    stamp = environment / f".installed-{requirements}"
    if stamp.exists() and stamp.read_text() == fingerprint(project, requirements):
        return 0
    with step(f"Installing {requirements} into .venv"):
        code = _install(environment, project / requirements)
    if code == 0:
        for included in INCLUDES[requirements]:
            (environment / f".installed-{included}").write_text(fingerprint(project, included))
    return code


def fingerprint(project: Path, requirements: str) -> str:
    """Changes when any file that this one includes does, or the Python that it is installed for."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in INCLUDES[requirements]:
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


def works(environment: Path) -> bool:
    """Whether it is complete: one whose Python has moved, or whose making was cut short, is not."""
    python = environment / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], check=False, capture_output=True).returncode == 0


def _create(environment: Path) -> bool:
    with step("Making the virtual environment .venv"):
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", environment],
            check=False,
            capture_output=True,
            text=True,
        )
    if made.returncode != 0:
        complain(made.stdout + made.stderr)
        complain(
            "The virtual environment could not be made (on Debian and Ubuntu: apt install python3-venv)."
        )
    return made.returncode == 0


def _install(environment: Path, requirements: Path) -> int:
    """Run pip, keep its words in a log, and show how far it is."""
    log = environment / "pip.log"
    arguments = [str(environment / "bin" / "python"), *PIP, str(requirements)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        _show_progress(child.stdout or (), log)
    if child.returncode != 0:
        complain("\n".join(log.read_text().splitlines()[-15:]))
        complain(f"pip failed; everything it said is in {log}")
    return child.returncode


def _show_progress(lines: Iterable[str], log: Path) -> None:
    shown_at, packages = time.monotonic(), 0
    with log.open("w") as file:
        for line in lines:
            file.write(line)
            packages += line.startswith(("Collecting", "Requirement already satisfied"))
            if time.monotonic() - shown_at > PROGRESS_EVERY_SECONDS:
                shown_at = time.monotonic()
                say(f"  {packages} packages seen, now: {line.strip()[:80]}")


if __name__ == "__main__":
    sys.exit(main())
