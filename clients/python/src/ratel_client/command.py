"""Payments from a file, alerts as they come, a webhook's signature.

The address and the key come from RATEL_BASE_URL and RATEL_API_KEY, so that no key is in a shell's history.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ratel_client import calls
from ratel_client.client import RatelClient
from ratel_client.errors import RatelError, RateLimited, Unavailable
from ratel_client.payments import BadInput, Payment, payments_of
from ratel_client.results import Alert, Item
from ratel_client.webhooks import UnexpectedBody, WebhookRefused, verify_callback, verify_webhook

REFUSED, WRONG_USE, NO_DECISION, INTERRUPTED, NOBODY_READS = 1, 2, 3, 130, 141
CODES = """\
exit codes:
  0    everything was decided, or the webhook is genuine
  1    a payment was refused (its line says why), or the webhook is not genuine
  2    wrong use: an option, the environment, or a file that cannot be read; stops at the first such line
  3    Ratel did not decide: the key was not taken, the limit was reached, or there was no answer
  130  interrupted
  141  nobody reads the output any more

Payments before the line that ended a run have been decided; with an externalId each, a second run decides none twice.
"""
# Of a refusal that is about the payment itself.
_ABOUT_THE_PAYMENT = frozenset({400, 413, 422})
_ALERTS_AT_ONCE = 200
_MOST_REMEMBERED = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except BadInput as problem:
        return _complain(str(problem), WRONG_USE)
    except RatelError as error:
        return _complain(_told(error), NO_DECISION)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except OSError as error:
        return _complain(_os_problem(error), WRONG_USE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ratel-client",
        description=__doc__,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser("evaluate", help="decide each payment of a file of JSON (- for input)")
    evaluate.add_argument("file")
    evaluate.set_defaults(run=_evaluate)
    batch = commands.add_parser("batch", help="the same, many payments in a request")
    batch.add_argument("file")
    batch.add_argument("--size", type=_size, default=500, help="payments in a request, 1 to 1,000")
    batch.set_defaults(run=_batch)
    tail = commands.add_parser("tail", help="print alerts as they come, until it is interrupted")
    tail.add_argument("--every-seconds", type=_seconds, default=2.0)
    tail.add_argument("--once", action="store_true", help="print the newest and end")
    tail.set_defaults(run=_tail)
    verify = commands.add_parser(
        "verify", help="check a webhook or a batch's callback: its body in a file, its headers as JSON"
    )
    verify.add_argument("body")
    verify.add_argument("headers")
    verify.add_argument("--secret", default=os.environ.get("RATEL_WEBHOOK_SECRET", ""))
    verify.add_argument("--any-age", action="store_true", help="also what was signed long ago")
    verify.set_defaults(run=_verify)
    return parser


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= calls.MOST_IN_A_BATCH):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {calls.MOST_IN_A_BATCH}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("must be a number from 0.1 to 3600")
    return seconds


def _client() -> RatelClient:
    try:
        return RatelClient(os.environ["RATEL_BASE_URL"], os.environ["RATEL_API_KEY"])
    except KeyError as missing:
        raise BadInput(f"set {missing.args[0]}") from None
    except ValueError as problem:
        raise BadInput(f"RATEL_BASE_URL or RATEL_API_KEY: {problem}") from None


# -- Payments


def _evaluate(options: argparse.Namespace) -> int:
    refused = 0
    with _client() as client, _opened(options.file) as file:
        for payment in payments_of(file):
            with _at(payment.place):
                item = _decided(client, payment)
            refused += item.evaluation is None
            _print(_line(payment, item))
    return REFUSED if refused else 0


def _decided(client: RatelClient, payment: Payment) -> Item:
    try:
        return Item(client.carry_out(calls.evaluate(payment.document, include_layers=False)))
    except RatelError as error:
        if error.status not in _ABOUT_THE_PAYMENT:
            raise
        return Item(None, error.code, error.problems)


def _batch(options: argparse.Namespace) -> int:
    refused = 0
    with _client() as client, _opened(options.file) as file:
        for chunk in _chunks(payments_of(file), options.size):
            with _at(chunk[0].place):
                items = client.evaluate_batch([payment.document for payment in chunk])
            for payment, item in zip(chunk, items, strict=True):
                refused += item.evaluation is None
                _print(_line(payment, item))
    return REFUSED if refused else 0


def _chunks(payments: Iterable[Payment], size: int) -> Iterator[list[Payment]]:
    """What comes before something that cannot be read is still decided, as `evaluate` does."""
    chunk: list[Payment] = []
    bad: BadInput | None = None
    try:
        for payment in payments:
            chunk.append(payment)
            if len(chunk) == size:
                yield chunk
                chunk = []
    except BadInput as problem:
        bad = problem
    if chunk:
        yield chunk
    if bad is not None:
        raise bad


def _line(payment: Payment, item: Item) -> dict[str, Any]:
    if item.evaluation is not None:
        return {"externalId": item.evaluation.external_id, **item.evaluation.raw}
    problems = [{"path": one.path, "message": one.message} for one in item.problems]
    return {
        "externalId": payment.document.get("externalId"),
        "refused": item.code,
        "problems": problems,
    }


@contextmanager
def _at(place: str) -> Iterator[None]:
    """A failure says which payment it was about; the run ends there."""
    try:
        yield
    except RatelError as error:
        error.add_note(f"{place}:")
        raise
    except RecursionError:
        raise BadInput(f"{place}: nested too deeply") from None


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        if sys.stdin is None:
            raise BadInput("there is no input")
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        yield file


# -- Alerts


def _tail(options: argparse.Namespace) -> int:
    seen: dict[str, None] = {}
    is_first, is_away = True, False
    with _client() as client:
        while True:
            try:
                alerts = _unseen(client, seen, is_first=is_first)
            except (Unavailable, RateLimited) as error:
                if options.once:
                    raise
                _complain(f"{_told(error)}; trying again", NO_DECISION)
                is_away, alerts = True, []
            else:
                if is_away:
                    _complain("Ratel answers again", 0)
                is_first = is_away = False
            for alert in alerts:
                _print(alert.raw)
            if options.once:
                return 0
            time.sleep(options.every_seconds)


def _unseen(client: RatelClient, seen: dict[str, None], *, is_first: bool) -> list[Alert]:
    """The alerts that have come since the last look, the oldest first; at the first look one page."""
    filters, found = {"limit": str(_ALERTS_AT_ONCE)}, list[Alert]()
    while True:
        page = client.alerts(**filters)
        new = [alert for alert in page if alert.id not in seen]
        found += new
        if is_first or len(new) < len(page) or page.next_cursor is None:
            break
        filters["cursor"] = page.next_cursor
    found.reverse()
    seen.update(dict.fromkeys(alert.id for alert in found))
    for forgotten in list(seen)[:-_MOST_REMEMBERED]:
        del seen[forgotten]
    return found


# -- Webhooks


def _verify(options: argparse.Namespace) -> int:
    if not options.secret:
        raise BadInput("set RATEL_WEBHOOK_SECRET or give --secret")
    body, headers = Path(options.body).read_bytes(), _headers_in(options.headers)
    try:
        _print(_read(body, headers, options.secret, math.inf if options.any_age else 300.0))
    except WebhookRefused as refused:
        return _complain(str(refused), REFUSED)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    return 0


def _read(body: bytes, headers: Mapping[str, str], secret: str, tolerance: float) -> dict[str, Any]:
    try:
        event = verify_webhook(body, headers, secret, tolerance_seconds=tolerance)
        return {"id": event.id, "event": event.event, "occurredAt": event.occurred_at}
    except UnexpectedBody:
        callback = verify_callback(body, headers, secret, tolerance_seconds=tolerance)
        return {
            "id": callback.id,
            "batchId": callback.batch_id,
            "status": callback.status,
            "results": len(callback.results),
        }


def _headers_in(name: str) -> dict[str, str]:
    try:
        headers = json.loads(Path(name).read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        headers = None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise BadInput(f'{name}: the headers must be one JSON object like {{"webhook-id": "evt_..."}}')
    return headers


# -- What is printed


def _told(error: RatelError) -> str:
    problems = "; ".join(f"{problem.path}: {problem.message}" for problem in error.problems)
    place = getattr(error, "__notes__", [])
    return " ".join(part for part in (*place, str(error), error.request_id, problems) if part)


def _os_problem(error: OSError) -> str:
    return ": ".join(str(part) for part in (error.filename, error.strerror or type(error).__name__) if part)


def _complain(text: str, code: int) -> int:
    print(f"ratel-client: {text}", file=sys.stderr, flush=True)
    return code


def _print(document: Any) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    sys.exit(main())
