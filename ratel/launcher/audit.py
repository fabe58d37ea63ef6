"""Asks whether anything installed has a known vulnerability, and tells "no answer" from "yes".

Without a network nobody can know: that is said loudly and does not fail the checks. A finding always does.
"""

import json
import subprocess
import sys
from dataclasses import dataclass

from ratel.launcher.progress import complain, say

TIMEOUT_SECONDS = 300


# What this environment holds, and nothing of the machine around it.
QUESTION = ("-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner", "off", "--format", "json")


@dataclass(frozen=True, slots=True)
class Audit:
    """How many packages somebody could answer for, how many not, and one line for each finding."""

    answered: int
    unanswered: int
    findings: tuple[str, ...]


def main() -> int:
    """1 when there is a finding, 0 otherwise."""
    asked = subprocess.run(
        [sys.executable, *QUESTION], check=False, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    audit = read_answer(asked.stdout)
    if audit.answered == 0:
        complain(
            "NOT AUDITED: the vulnerability database could not be asked (no network, or a mirror without it)."
        )
        return 0
    if audit.unanswered:
        complain(f"NOT AUDITED: {audit.unanswered} packages that the vulnerability database does not know.")
    for finding in audit.findings:
        complain(finding)
    say(f"{audit.answered} packages audited, {len(audit.findings)} findings")
    return 1 if audit.findings else 0


def read_answer(text: str) -> Audit:
    """pip-audit's JSON; anything else means that it could not ask."""
    try:
        dependencies = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(0, 0, ())
    answered = [found for found in dependencies if "skip_reason" not in found]
    findings = tuple(
        f"{found['name']} {found['version']}: {each['id']} (mended in: {', '.join(each['fix_versions'])})"
        for found in answered
        for each in found["vulns"]
    )
    return Audit(len(answered), len(dependencies) - len(answered), findings)


if __name__ == "__main__":
    sys.exit(main())
