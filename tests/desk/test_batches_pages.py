"""Batches at the desk: how far each is, what came of its items, a file handed over, the rest cancelled."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from screening.batch_jobs.work import work
from screening.models import BatchJob
from tests.batch_jobs.items import decide, item, start
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list

CSV = (
    "transaction_id,amount,currency,sender.entity_id,receiver.entity_id,sender.name,metadata.channel,note\n"
    "a-1,100.50,USD,ent-1,shop-1,Ann Lee,mobile,rent\n"
    "a-2,much,USD,ent-2,shop-1,,,\n"
    "\n"
    "a-3,7,USD,ent-1,shop-2,,,\n"
)


@pytest.fixture(scope="module", autouse=True)
def lists(django_db_setup: None) -> None:
    load_demo_list()


@pytest.fixture(scope="module")
def acme() -> Bank:
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture
def analyst(acme: Bank) -> Seat:
    return seat(acme, "analyst", "us")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def upload(at: Seat, content: str | bytes, name: str = "payments.csv", **form: Any) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return at.post("batch-upload", file=SimpleUploadedFile(name, raw), **form)


def finished(bank: Bank, batch_id: str) -> None:
    for _ in range(50):
        with bank.seeing("us"):
            if not BatchJob.objects.filter(finished_at=None).exists():
                return
        work(5.0)
    raise AssertionError("the batch does not end")


def id_in(answer: Any) -> str:
    assert answer.status_code == 303, text(answer)
    return str(answer["Location"].rpartition("/")[2])


def test_a_csv_file_is_decided_item_by_item_and_what_failed_says_why(acme: Bank, analyst: Seat):
    batch_id = id_in(upload(analyst, CSV))
    assert "0 of 3 transactions are decided" in text(analyst.get("batch", batch_id))
    finished(acme, batch_id)
    page = analyst.get("batch", batch_id)
    outcome = page.context["outcome"]
    assert sum(share.count for share in outcome.decisions) == 2
    (failed,) = outcome.failed
    assert failed["transaction_id"] == "a-2"
    assert failed["position"] == 2
    assert "1 of 3 transactions failed" in text(page)
    assert "Analyst of" in text(page)
    results = list(
        csv.DictReader(io.StringIO(text(analyst.get("batch", batch_id, format="csv")).lstrip("\ufeff")))
    )
    assert [row["transaction_id"] for row in results] == ["a-1", "a-2", "a-3"]
    assert results[0]["decision"] == "APPROVE"
    assert "amount" in results[1]["problems"]


@pytest.mark.parametrize("document", [[item(1)], {"transactions": [item(2)]}])
def test_a_json_file_is_taken_as_the_api_takes_it_or_as_the_list_alone(analyst: Seat, document: Any):
    assert id_in(upload(analyst, json.dumps(document), "payments.json")).startswith("batch_")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "amount\n1\n", "must name the columns"),
        ("a.csv", 'transaction_id,amount,sender.entity_id,receiver.entity_id\n"a\n', "is not CSV"),
        ("a.csv", "transaction_id,amount,sender.entity_id,receiver.entity_id\n1,2,3,4,5\n", "line 2"),
        ("a.csv", b"\xff\xfe", "not UTF-8"),
        ("a.json", "{", "The file is not JSON"),
        ("a.json", '{"transactions": []}', "a list of 1 to 10000 transactions"),
        ("a.json", '{"transactions": [{}], "more": 1}', "is not a field of a batch"),
        ("a.json", "", "The file is empty"),
    ],
)
def test_a_file_that_is_no_batch_is_refused_whole(
    acme: Bank, analyst: Seat, name: str, content: str | bytes, said: str
):
    with acme.seeing("us"):
        before = BatchJob.objects.count()
    upload(analyst, content, name)
    assert said in text(analyst.get("batches"))
    with acme.seeing("us"):
        assert BatchJob.objects.count() == before


def test_a_callback_that_leads_inside_is_refused(analyst: Seat):
    upload(analyst, CSV, callback_url="http://10.0.0.1/")
    assert "callback_url" in text(analyst.get("batches"))


def test_what_nobody_has_begun_is_cancelled(acme: Bank, analyst: Seat):
    batch_id = start(acme.callers["us"], [item(number + 900) for number in range(5)])
    assert "Cancelled: 0 of 5" in text(analyst.do("batch-cancel", batch_id))
    page = text(analyst.get("batch", batch_id))
    assert "Cancelled after 0 of 5" in page
    assert "The batch was cancelled before this item was begun" in page


def decided(bank: Bank) -> str:
    return str(decide(bank, [item(9_001)])["batch_id"])


def test_a_batch_that_has_ended_is_not_cancelled(acme: Bank, analyst: Seat):
    assert "has ended" in text(analyst.do("batch-cancel", decided(acme)))


def test_htmx_gets_how_far_it_is_and_the_whole_page_once_it_has_ended(acme: Bank, analyst: Seat):
    batch_id = start(acme.callers["us"], [item(number + 700) for number in range(3)])
    url, asks = analyst.url("batch", batch_id), {"HX-Request": "true"}
    part = analyst.client.get(url, headers=asks)
    assert "<html" not in text(part)
    assert "every 2s" in text(part)
    assert "HX-Refresh" not in part
    finished(acme, batch_id)
    ended = analyst.client.get(url, headers=asks)
    assert ended["HX-Refresh"] == "true"
    assert "every 2s" not in text(ended)


def test_who_may_not_decide_is_shown_no_upload_and_no_cancel(acme: Bank):
    auditor = seat(acme, "auditor", "us")
    batch_id = start(acme.callers["us"], [item(number + 800) for number in range(3)])
    for page in (text(auditor.get("batches")), text(auditor.get("batch", batch_id))):
        assert '<dialog id="upload"' not in page
        assert '<dialog id="cancel"' not in page
    finished(acme, batch_id)


def test_an_analyst_hands_a_file_over_and_reads_what_came_of_it(visit, acme: Bank, tmp_path):
    file = tmp_path / "payments.csv"
    file.write_text(CSV.replace("a-", "browser-"))
    analyst = visit(acme, "analyst")
    page = analyst.go("batches")
    analyst.press("n")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Hand over").click()
    page.wait_for_url("**/batches/batch_*")
    analyst.assert_accessible()
    finished(acme, page.url.rpartition("/")[2])
    page.wait_for_selector("#outcome")
    assert "1 of 3 transactions failed" in analyst.text()
    analyst.assert_accessible()
    analyst.press("u")
    page.wait_for_url("**/batches")
    analyst.assert_accessible()
