"""Packs the parts of a bundle into one archive, front to back, with its manifest, what to read first and the verifier."""

import hashlib
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from cases.bundle.collect import Part
from ratel.json import encode

VERIFIER: Final = Path(__file__).with_name("verify.py")
_README: Final = """Examination bundle {identifier}

{about}
Made {made:%Y-%m-%d %H:%M:%S} UTC for {asker}, team {team}.

cases/<id>/case.json     a case with its notes, timeline, relations and list of files
cases/<id>/files/        the files of the case as they were added
customers, alerts, evaluations, screenings, match-decisions, ...
                         one JSON document a line; an evaluation comes with the transaction that was sent
audit/                   entries of the audit trail about all of this, each with its link: the entry in the form that
                         was hashed (`canonical`), and height, previous hash and hash of the link
MANIFEST.json            every other file with its size and SHA-256
verify.py                checks all of it without a network: python3 verify.py

The audit trail of an organisation is one chain: hash = SHA-256(previous hash + entry). A bundle holds the entries that
are about its subject, so heights have gaps where entries about others stand. Each entry is bound to its link by itself;
that the links are those of the chain is checked by comparing a height and its hash with what the installation's own
verification, or an earlier bundle, names for it. The SHA-256 of this archive is part of the same trail.
"""


def pack(target: Any, parts: Iterable[Part], about: dict[str, Any], made: datetime) -> int:
    """Writes the archive to `target` and gives the number of its files; `about` becomes the head of the manifest."""
    listed: list[dict[str, Any]] = []
    moment = made.timetuple()[:6]
    with zipfile.ZipFile(cast("IO[bytes]", target), "w", zipfile.ZIP_DEFLATED) as archive:
        for part in _first(about, made):
            _put(archive, part, listed, moment)
        for part in parts:
            _put(archive, part, listed, moment)
        manifest = Part("MANIFEST.json", encode({**about, "made": made, "files": listed}))
        _put(archive, manifest, [], moment)
    return len(listed)


def _first(about: dict[str, Any], made: datetime) -> list[Part]:
    text = _README.format(
        identifier=about["bundle"],
        about=about["about"],
        made=made,
        asker=about["madeFor"],
        team=about["team"],
    )
    return [Part("README.txt", text.encode()), Part("verify.py", VERIFIER.read_bytes())]


def _put(archive: zipfile.ZipFile, part: Part, listed: list[dict[str, Any]], moment: Any) -> None:
    entry = zipfile.ZipInfo(part.path, moment)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    archive.writestr(entry, part.content)
    listed.append(
        {"path": part.path, "bytes": len(part.content), "sha256": hashlib.sha256(part.content).hexdigest()}
    )
