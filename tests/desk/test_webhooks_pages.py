"""Webhooks at the desk: endpoints made, tested, rotated, paused; what was sent and came back; dead letters replayed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ratel.identifiers import read, show
from teams.models import AuditEntry
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.webhooks import stored
from tests.webhooks.desk import Clock, receiver
from tests.webhooks.desk import Desk as Line
from webhooks.delivery.courier import Courier
from webhooks.egress import Targets
from webhooks.events import CATALOGUE, TEST_EVENT
from webhooks.models import DeadLetter, Delivery, Endpoint

URL = "http://127.0.0.1:9/hook"


@pytest.fixture(scope="module")
def acme(django_db_setup: None) -> Bank:
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture(scope="module")
def rival(django_db_setup: None) -> Bank:
    return make_bank("Rival Bank", "us", people=True)


@pytest.fixture
def admin(acme: Bank) -> Seat:
    return seat(acme, "admin", "us")


@pytest.fixture
def line(rival: Bank) -> Iterator[Line]:
    """A real receiver on this machine, and a courier that sends there what a bank of its own has to tell."""
    clock = Clock()
    courier = Courier(Targets(allows_http=True, allows_loopback=True), clock=clock)
    with receiver() as one:
        yield Line(rival, one, courier, clock)
    courier.close()


def text(answer: Any) -> str:
    return str(answer.content.decode())


def make(admin: Seat, **form: Any) -> tuple[str, str]:
    """A new endpoint's shown id and its secret."""
    answer = admin.post("webhook-create", **{"url": URL, "events": ["alert.created"], **form})
    assert answer.status_code == 200, text(answer)
    return answer.context["endpoint_id"], answer.context["secret"]


def endpoint(bank: Bank, endpoint_id: str) -> Endpoint:
    with bank.seeing("us"):
        return Endpoint.objects.get(id=read("whe", endpoint_id))


def row_of(at: Seat, endpoint_id: str) -> Any:
    return next(one for one in at.get("webhooks").context["rows"] if one.id == endpoint_id)


def state(bank: Bank, delivery_id: Any) -> str:
    with bank.seeing("us"):
        return Delivery.objects.get(id=delivery_id).state


def test_a_secret_is_shown_once_and_never_again(acme: Bank, admin: Seat):
    endpoint_id, secret = make(admin, schedule="extended", rate_per_second="5", description="Core")
    made = endpoint(acme, endpoint_id)
    assert (made.schedule, made.rate_per_second, made.description) == ("extended", 5, "Core")
    for page in (
        admin.get("webhooks"),
        admin.get("webhook", endpoint_id),
        admin.get("webhook-edit", endpoint_id),
    ):
        assert URL in text(page)
        assert secret not in text(page)
    with acme.seeing("us"):
        assert not any(secret in f"{one.before} {one.after}" for one in AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"url": "http://10.1.2.3/"}, "url:"),
        ({"url": "nonsense"}, "url:"),
        ({"rate_per_second": "many"}, "ratePerSecond: must be a whole number"),
        ({"events": ["nothing.happened"]}, "events[0]: is not an event"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_said_where_it_was_typed(
    acme: Bank, admin: Seat, form: dict[str, Any], said: str
):
    back = admin.url("webhook-new")
    page = admin.do(
        "webhook-create",
        **{"url": "http://127.0.0.1:9/refused", "events": ["alert.created"], "back": back, **form},
    )
    assert said in text(page)
    with acme.seeing("us"):
        assert not Endpoint.objects.filter(url=form.get("url", "http://127.0.0.1:9/refused")).exists()


def test_an_endpoint_is_changed_paused_resumed_rotated_and_deleted(acme: Bank, admin: Seat):
    endpoint_id, secret = make(admin)
    assert "Changed the endpoint" in text(
        admin.do("webhook-update", endpoint_id, url=URL, events=["case.created", "case.closed"])
    )
    assert sorted(endpoint(acme, endpoint_id).events) == ["case.closed", "case.created"]
    assert "Paused by hand" in text(admin.do("webhook-pause", endpoint_id))
    assert "The endpoint is paused" in text(admin.do("webhook-test", endpoint_id))
    assert "Resumed" in text(admin.do("webhook-resume", endpoint_id))
    rotated = admin.post("webhook-rotate", endpoint_id, overlap="3600")
    assert rotated.context["secret"] not in ("", secret)
    until = endpoint(acme, endpoint_id).previous_secret_until
    assert until is not None
    assert timedelta(minutes=59) < until - timezone.now() <= timedelta(hours=1)
    assert "Deleted the endpoint" in text(admin.do("webhook-delete", endpoint_id))
    assert admin.get("webhook", endpoint_id).status_code == 404


def test_what_was_sent_and_what_came_back_is_on_the_page_of_a_delivery(rival: Bank, line: Line):
    admin = seat(rival, "admin", "us")
    endpoint_id, _ = make(admin, url=line.receiver.url)
    line.emit()
    line.clock.now = timezone.now() + timedelta(seconds=5)
    line.deliver()
    (delivery,) = line.deliveries(endpoint_id=read("whe", endpoint_id))
    page = text(admin.get("webhook-delivery", show("dlv", delivery.id)))
    assert "delivered at attempt 1" in page
    assert "thanks" in page
    assert "alert.created" in page
    listed = text(
        admin.get("webhook-deliveries", endpoint=endpoint_id, status="delivered", event="alert.created")
    )
    assert show("dlv", delivery.id) in listed
    assert show("dlv", delivery.id) not in text(admin.get("webhook-deliveries", status="dead"))
    assert show("dlv", delivery.id) in text(admin.get("webhook-deliveries", format="csv"))


def test_how_an_endpoint_stands_counts_what_waits_and_what_was_given_up(acme: Bank, admin: Seat):
    endpoint_id, _ = make(admin)
    waiting = stored.delivery(
        acme, "us", endpoint_id, state="pending", created_at=timezone.now() - timedelta(hours=2)
    )
    stored.delivery(acme, "us", endpoint_id, state="done")
    stored.dead_letter(acme, "us", endpoint_id)
    row = row_of(admin, endpoint_id)
    assert (row.standing.waiting, row.standing.dead) == (1, 1)
    assert row.standing.oldest_at == waiting.created_at
    assert row.lag is not None
    assert row.lag >= timedelta(hours=2)
    part = admin.client.get(admin.url("webhook", endpoint_id), headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert "2 h" in text(part)


def test_dead_letters_are_counted_before_they_are_sent_again(acme: Bank, admin: Seat):
    first, _ = make(admin)
    second, _ = make(admin, url=f"{URL}/2")
    for _ in range(3):
        stored.dead_letter(acme, "us", first)
    other = stored.dead_letter(acme, "us", second)
    old = stored.dead_letter(acme, "us", first, died_at=timezone.now() - timedelta(days=3))
    preview = admin.post("dead-letters-preview", endpointId=first)
    assert preview.context["preview"].count == 4
    assert state(acme, old.delivery_id) == "dead"
    since = (timezone.now() - timedelta(days=1)).date().isoformat()
    assert admin.post("dead-letters-preview", endpointId=first, since=since).context["preview"].count == 3
    done = admin.do("dead-letters-replay", endpointId=first, since=since)
    assert "3 deliveries are sent again" in text(done)
    assert state(acme, old.delivery_id) == state(acme, other.delivery_id) == "dead"
    assert "1 delivery is sent again" in text(admin.do("dead-letters-replay", endpointId=first))
    with acme.seeing("us"):
        mine = [read("whe", one) for one in (first, second)]
        open_ones = DeadLetter.objects.filter(replayed_at=None, endpoint_id__in=mine)
        left = list(open_ones.values_list("id", flat=True))
    assert left == [other.id]
    assert show("ded", other.id) in text(admin.get("dead-letters", endpoint=second))
    assert show("ded", old.id) not in text(admin.get("dead-letters"))


def test_a_replay_of_everything_by_mistake_is_refused(acme: Bank, admin: Seat):
    endpoint_id, _ = make(admin)
    dead = stored.dead_letter(acme, "us", endpoint_id)
    assert "at least one of" in text(admin.do("dead-letters-replay"))
    assert state(acme, dead.delivery_id) == "dead"


def test_what_tells_of_a_report_is_seen_only_by_who_may_see_reports(acme: Bank, admin: Seat):
    officer, auditor = seat(acme, "officer", "us"), seat(acme, "auditor", "us")
    endpoint_id, _ = make(admin, events=["sar.drafted", "alert.created"])
    assert "told of reports from now on" in text(
        officer.do("webhook-confidential", endpoint_id, confidential="yes")
    )
    told = stored.delivery(acme, "us", endpoint_id, "sar.drafted", state="pending")
    dead = stored.dead_letter(acme, "us", endpoint_id, "sar.submitted")
    shown = show("dlv", told.id)
    for at in (officer, auditor):
        assert shown in text(at.get("webhook-deliveries"))
        assert at.get("webhook-delivery", shown).status_code == 200
        assert show("dlv", dead.delivery_id) in text(at.get("dead-letters"))
        assert row_of(at, endpoint_id).standing.waiting == 1
    for page in ("webhook-deliveries", "dead-letters"):
        assert "sar.drafted</a>" not in text(admin.get(page))
        assert "sar.submitted</a>" not in text(admin.get(page))
        assert shown not in text(admin.get(page, format="csv"))
    assert admin.get("webhook-delivery", shown).status_code == 404
    assert admin.post("webhook-delivery-retry", shown).status_code == 404
    assert admin.post("dead-letters-preview", endpointId=endpoint_id).context["preview"].count == 0
    row = row_of(admin, endpoint_id)
    assert (row.standing.waiting, row.standing.dead, row.state) == (0, 0, "Active")
    assert admin.post("webhook-rotate", endpoint_id).status_code == 403


def test_the_catalogue_shows_every_event_with_its_schema(admin: Seat):
    page = text(admin.get("webhook-events"))
    for name in CATALOGUE:
        assert f"Schema of {name}" in page


def test_who_only_reads_is_shown_nothing_to_press(acme: Bank, admin: Seat):
    endpoint_id, _ = make(admin)
    dead = stored.dead_letter(acme, "us", endpoint_id)
    auditor = seat(acme, "auditor", "us")
    pages = [auditor.get("webhooks"), auditor.get("webhook", endpoint_id), auditor.get("dead-letters")]
    pages.append(auditor.get("webhook-delivery", show("dlv", dead.delivery_id)))
    for page in pages:
        assert text(page).count('method="post"') == 1, "only the form that signs out"


def test_another_banks_endpoints_and_deliveries_are_not_there(acme: Bank, admin: Seat, rival: Bank):
    endpoint_id, _ = make(admin)
    dead = stored.dead_letter(acme, "us", endpoint_id)
    other = seat(rival, "admin", "us")
    assert other.get("webhook", endpoint_id).status_code == 404
    assert other.post("webhook-delete", endpoint_id).status_code == 404
    assert other.get("webhook-delivery", show("dlv", dead.delivery_id)).status_code == 404
    assert other.post("dead-letter-replay", show("ded", dead.id)).status_code == 404
    assert URL not in text(other.get("dead-letters"))


def test_an_admin_makes_an_endpoint_sees_a_test_arrive_and_replays_a_dead_letter(
    visit, rival: Bank, line: Line
):
    admin = visit(rival, "admin")
    page = admin.go("webhooks")
    admin.assert_accessible()
    admin.press("n")
    page.wait_for_url("**/webhooks/new")
    admin.assert_accessible()
    page.fill("#url", line.receiver.url)
    page.get_by_label("alert.created").check()
    page.get_by_role("button", name="Make the endpoint").click()
    page.wait_for_selector("#secret")
    assert page.inner_text("#secret").startswith("whsec_")
    admin.assert_accessible()
    admin.press("o")
    page.wait_for_url("**/webhooks/whe_*")
    endpoint_id = page.url.rpartition("/")[2]
    admin.assert_accessible()
    admin.press("t")
    page.wait_for_url("**/webhooks/deliveries/dlv_*")
    deliver_until(line, calls=1)
    page.wait_for_selector("text=thanks")
    (call,) = line.receiver.calls
    assert call.event["event"] == TEST_EVENT
    admin.assert_accessible()
    stored.dead_letter(rival, "us", endpoint_id)
    admin.go("webhooks/events")
    admin.assert_accessible()
    admin.go("webhooks/dead-letters")
    admin.assert_accessible()
    admin.press("r")
    page.get_by_label("All of an endpoint").select_option(label=line.receiver.url)
    page.get_by_role("button", name="Show how many").click()
    page.wait_for_selector("text=1 delivery would be sent again")
    admin.assert_accessible()
    admin.press("u")
    page.get_by_role("button", name="Replay alert.created").click()
    page.wait_for_selector("text=Sent again, with a whole new schedule")
    deliver_until(line, calls=2)
    admin.go(f"webhooks/deliveries?status=delivered&endpoint={endpoint_id}")
    assert page.locator("table a", has_text="alert.created").count() == 1
    admin.assert_accessible()


def deliver_until(line: Line, *, calls: int) -> None:
    """What the other process has written is due by the clock of this one."""
    line.clock.now = timezone.now() + timedelta(seconds=5)
    line.deliver()
    assert len(line.receiver.calls) == calls
