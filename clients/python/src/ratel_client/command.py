"""`ratel-client`: payments from a file, alerts as they come, a webhook's signature.

The address and the key come from RATEL_BASE_URL and RATEL_API_KEY, so that no key is in a shell's history.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from ratel_client.client import RatelClient
from ratel_client.errors import RatelError
from ratel_client.results import Item
from ratel_client.webhooks import SignatureMismatch, verify_webhook

WRONG_USE, REFUSED = 2, 1


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except RatelError as error:
        print(f"{error} {error.request_id}".strip(), file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem.path}: {problem.message}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ratel-client", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser(
        "evaluate", help="decide each payment of a file of JSON lines (- for input)"
    )
    evaluate.add_argument("file")
    evaluate.set_defaults(run=_evaluate)
    batch = commands.add_parser("batch", help="the same, up to 1,000 payments in a request")
    batch.add_argument("file")
    batch.add_argument("--size", type=int, default=500)
    batch.set_defaults(run=_batch)
    tail = commands.add_parser("tail", help="print alerts as they come")
    tail.add_argument("--every-seconds", type=float, default=2.0)
    tail.add_argument("--once", action="store_true", help="print the newest and end")
    tail.set_defaults(run=_tail)
    verify = commands.add_parser(
        "verify", help="check a webhook's signature: its body in a file, its headers as JSON"
    )
    verify.add_argument("body")
    verify.add_argument("headers")
    verify.add_argument("--secret", default=os.environ.get("RATEL_WEBHOOK_SECRET", ""))
    verify.add_argument("--any-age", action="store_true")
    verify.set_defaults(run=_verify)
    return parser


def _client() -> RatelClient:
    try:
        return RatelClient(os.environ["RATEL_BASE_URL"], os.environ["RATEL_API_KEY"])
    except KeyError as missing:
        raise SystemExit(f"set {missing.args[0]}") from None


def _evaluate(options: argparse.Namespace) -> int:
    refused = 0
    with _client() as client, _opened(options.file) as lines:
        for payment in _payments(lines):
            try:
                evaluation = client.evaluate(**payment)
            except RatelError as error:
                if error.status not in {400, 422}:
                    raise
                refused += 1
                _print(
                    {
                        "externalId": payment.get("externalId"),
                        "refused": error.code,
                        "problems": _shown(error.problems),
                    }
                )
                continue
            _print({"externalId": evaluation.external_id, **evaluation.raw})
    return REFUSED if refused else 0


def _batch(options: argparse.Namespace) -> int:
    refused = 0
    with _client() as client, _opened(options.file) as lines:
        payments = _payments(lines)
        while chunk := list(islice(payments, options.size)):
            for payment, item in zip(chunk, client.evaluate_batch(chunk), strict=True):
                refused += item.evaluation is None
                _print(_line(payment, item))
    return REFUSED if refused else 0


def _line(payment: dict[str, Any], item: Item) -> dict[str, Any]:
    if item.evaluation is not None:
        return {"externalId": item.evaluation.external_id, **item.evaluation.raw}
    return {
        "externalId": payment.get("externalId"),
        "refused": item.code,
        "problems": _shown(item.problems),
    }


def _tail(options: argparse.Namespace) -> int:
    seen: set[str] = set()
    with _client() as client:
        while True:
            for alert in reversed(client.alerts(limit="200")):
                if alert["id"] not in seen:
                    seen.add(alert["id"])
                    _print(alert)
            if options.once:
                return 0
            time.sleep(options.every_seconds)


def _verify(options: argparse.Namespace) -> int:
    headers = json.loads(Path(options.headers).read_text())
    tolerance = float("inf") if options.any_age else 300.0
    try:
        event = verify_webhook(
            Path(options.body).read_bytes(), headers, options.secret, tolerance_seconds=tolerance
        )
    except SignatureMismatch as mismatch:
        print(mismatch, file=sys.stderr)
        return REFUSED
    _print({"id": event.id, "event": event.event, "occurredAt": event.occurred_at})
    return 0


def _opened(name: str) -> TextIO:
    return sys.stdin if name == "-" else Path(name).open(encoding="utf-8")


def _payments(lines: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            payment = json.loads(line)
            if not isinstance(payment, dict):
                raise SystemExit(f"line {number} is not a JSON object")
            yield payment


def _shown(problems: Sequence[Any]) -> list[dict[str, str]]:
    return [{"path": one.path, "message": one.message} for one in problems]


def _print(document: Any) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    sys.exit(main())
