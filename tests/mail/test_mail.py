"""Officers are told of escalations and blocks by mail, once for each event, and no mail names a customer."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from teams.models import Membership, Person
from tests.cast import Bank, make_bank
from tests.evaluate.lists import SANCTIONED
from tests.evaluate.stored import events
from tests.mail.smtp import MailServer
from webhooks.delivery.tenants import Tenant
from webhooks.mail.collect import OLDEST_TOLD, collect
from webhooks.mail.send import GIVEN_UP_AFTER, KEPT_FOR, purge, send
from webhooks.mail.tasks import send_mail
from webhooks.models import Mail, Notice, OutboxEvent

CLEAN = {"kycStatus": "verified", "customerSince": "2020-01-01"}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us", people=True)


def tenant_of(bank: Bank) -> Tenant:
    return Tenant(bank.id, tuple(team.id for team in bank.teams.values()))


def block(bank: Bank, number: int = 0) -> str:
    answer = bank.callers["us"].evaluate(
        **CLEAN,
        customerId=f"siti-rahmawati-{number}",
        customerName="Siti Rahmawati",
        counterpartyName=SANCTIONED,
    )
    assert answer.data["blocked"] is True
    return answer.data["alertId"]


def mails(bank: Bank) -> list[Mail]:
    with bank.seeing("us"):
        return list(Mail.objects.order_by("id"))


def due_now(bank: Bank) -> None:
    with bank.seeing("us"):
        Mail.objects.update(next_attempt_at=timezone.now(), lease_until=None)


def deliver(bank: Bank) -> int:
    collect(tenant_of(bank), now=timezone.now())
    return send(tenant_of(bank))


def test_an_officer_of_the_team_is_told_of_a_block_and_nobody_else(bank: Bank, server: MailServer) -> None:
    alert = block(bank)
    assert deliver(bank) == 1
    assert server.recipients == [bank.people["officer"].email]
    (message,) = server.received
    assert message["Subject"] == "Ratel: an alert waits for an officer of us (critical)"
    assert message["From"] == "Ratel <ratel@bank.example>"
    text = message.get_content()
    assert alert in text
    assert "https://ratel.bank.example" in text


def test_a_mail_names_nobody(bank: Bank, server: MailServer) -> None:
    block(bank)
    deliver(bank)
    whole = server.received[0].as_string()
    for secret in ("Siti", "Rahmawati", "siti-rahmawati", "Bout", "Viktor"):
        assert secret not in whole
        assert all(secret not in str(mail.facts) for mail in mails(bank))


def test_a_review_is_told_to_nobody(bank: Bank, server: MailServer) -> None:
    assert bank.callers["us"].evaluate(**CLEAN, country="KP").data["decision"] == "review"
    assert deliver(bank) == 0
    assert server.received == []


def test_a_burst_is_one_mail_that_lists_every_alert(bank: Bank, server: MailServer) -> None:
    alerts = [block(bank, number) for number in range(5)]
    assert deliver(bank) == 5
    (message,) = server.received
    assert message["Subject"] == "Ratel: 5 alerts wait for an officer of us (critical)"
    assert all(alert in message.get_content() for alert in alerts)


def test_nothing_is_told_twice_however_often_the_work_is_repeated(bank: Bank, server: MailServer) -> None:
    block(bank)
    assert [deliver(bank) for _ in range(3)] == [1, 0, 0]
    with bank.seeing("us"):
        OutboxEvent.objects.update(is_mailed=False)
    assert deliver(bank) == 0
    assert len(server.received) == len(mails(bank)) == 1


def test_two_workers_at_once_tell_each_event_once(bank: Bank, server: MailServer) -> None:
    for number in range(10):
        block(bank, number)

    def work() -> None:
        deliver(bank)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver(bank)
    told = "".join(message.get_content() for message in server.received)
    assert all(told.count(mail.facts["alertId"]) == 1 for mail in mails(bank))
    assert len(mails(bank)) == 10


def test_while_the_mail_server_is_away_mails_wait_and_are_sent_when_it_is_back(
    bank: Bank, server: MailServer, settings
) -> None:
    block(bank)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert deliver(bank) == 0
    (mail,) = mails(bank)
    assert (mail.attempts, mail.sent_at, mail.lease_until) == (1, None, None)
    assert mail.next_attempt_at > timezone.now()
    settings.EMAIL_PORT = port
    assert deliver(bank) == 0
    due_now(bank)
    assert deliver(bank) == 1


def test_a_refused_address_holds_up_no_other(bank: Bank, server: MailServer) -> None:
    with bank.seeing("us"):
        Membership.objects.filter(person=bank.people["auditor"]).update(role="officer")
    server.refuses = {bank.people["officer"].email}
    block(bank)
    assert deliver(bank) == 1
    assert server.recipients == [bank.people["auditor"].email]
    waiting = [mail for mail in mails(bank) if mail.sent_at is None]
    assert [mail.person_id for mail in waiting] == [bank.people["officer"].id]


def test_a_mail_that_was_taken_but_never_acknowledged_is_sent_again_under_the_same_id(
    bank: Bank, server: MailServer
) -> None:
    block(bank)
    server.dies_after_data = True
    assert deliver(bank) == 0
    server.dies_after_data = False
    due_now(bank)
    assert deliver(bank) == 1
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]


def test_a_worker_that_died_at_it_is_replaced_when_its_lease_is_over(bank: Bank, server: MailServer) -> None:
    from webhooks.mail import send as sending

    block(bank)
    collect(tenant_of(bank), now=timezone.now())
    assert len(sending._claim(tenant_of(bank), timezone.now())) == 1
    assert send(tenant_of(bank)) == 0
    with bank.seeing("us"):
        Mail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert send(tenant_of(bank)) == 1


def test_people_who_left_get_nothing(bank: Bank, server: MailServer) -> None:
    block(bank)
    collect(tenant_of(bank), now=timezone.now())
    with bank.seeing("us"):
        Person.objects.filter(id=bank.people["officer"].id).update(is_active=False)
    assert send(tenant_of(bank)) == 0
    assert server.received == []
    assert mails(bank)[0].given_up_at is not None


def test_what_waited_for_too_long_to_be_collected_is_not_told_any_more(
    bank: Bank, server: MailServer
) -> None:
    block(bank)
    collect(tenant_of(bank), now=timezone.now() + OLDEST_TOLD + timedelta(hours=1))
    assert mails(bank) == []
    assert deliver(bank) == 0
    with bank.seeing("us"):
        assert not OutboxEvent.objects.filter(event="alert.escalated", is_mailed=False).exists()


def test_after_three_days_of_failures_a_mail_is_given_up_and_after_a_month_forgotten(
    bank: Bank, server: MailServer, settings
) -> None:
    block(bank)
    collect(tenant_of(bank), now=timezone.now())
    settings.EMAIL_PORT = 1
    with bank.seeing("us"):
        Mail.objects.update(created_at=timezone.now() - GIVEN_UP_AFTER - timedelta(hours=1))
    send(tenant_of(bank))
    assert mails(bank)[0].given_up_at is not None
    purge(tenant_of(bank), now=timezone.now())
    assert len(mails(bank)) == 1
    purge(tenant_of(bank), now=timezone.now() + KEPT_FOR)
    assert mails(bank) == []


def test_admins_are_told_of_an_endpoint_that_was_paused(bank: Bank, server: MailServer) -> None:
    with bank.seeing("us"):
        notice = Notice.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams["us"].id,
            endpoint_id=bank.id,
            kind="endpoint_paused",
            created_at=timezone.now(),
        )
    assert deliver(bank) == 1
    assert deliver(bank) == 0
    assert server.recipients == [bank.people["admin"].email]
    assert server.received[0]["Subject"] == "Ratel: an endpoint of us was paused"
    with bank.seeing("us"):
        notice.refresh_from_db()
    assert notice.told_at is not None


def test_one_banks_officer_is_never_told_of_anothers_alert(bank: Bank, server: MailServer) -> None:
    rival = make_bank("Rival Bank", "us", people=True)
    mine, theirs = block(bank), block(rival)
    send_mail()
    told = {message["To"]: message.get_content() for message in server.received}
    assert mine in told[bank.people["officer"].email]
    assert theirs in told[rival.people["officer"].email]
    assert theirs not in told[bank.people["officer"].email]


def test_the_events_themselves_stay_for_the_webhooks(bank: Bank, server: MailServer) -> None:
    block(bank)
    deliver(bank)
    assert [event.event for event in events(bank, "us") if event.event == "alert.escalated"]
    with bank.seeing("us"):
        assert not OutboxEvent.objects.filter(is_fanned_out=True).exists()
