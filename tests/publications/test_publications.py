"""Results published to Kafka: queued with the decision, sent until acknowledged, never in the decision's way."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from screening.models import Evaluation, Publication
from screening.publications import producer as producers
from screening.publications import send, tasks
from screening.publications.producer import KafkaProducer
from tests.cast import Bank
from tests.dialects.test_framl import fields, staffed, token  # noqa: F401 - fixtures
from tests.dialects.test_framl import send as send_payment
from tests.publications.brokers import Brokers, mock_brokers

TOPIC = "kafka_pipeline_topic"


@pytest.fixture(scope="module")
def brokers() -> Iterator[Brokers]:
    with mock_brokers() as running:
        yield running


@pytest.fixture
def kafka(brokers: Brokers, settings) -> Iterator[Brokers]:
    settings.RATEL_KAFKA_SERVERS, settings.RATEL_KAFKA_TOPICS = brokers.servers, [TOPIC, "alerts.*"]
    producers.producer.cache_clear()
    yield brokers
    producers.producer.cache_clear()


@pytest.fixture(autouse=True)
def nothing_left(staffed: Bank) -> Iterator[None]:  # noqa: F811
    yield
    with staffed.seeing("us"):
        Publication.objects.all().delete()


def rows(bank: Bank) -> list[Publication]:
    with bank.seeing("us"):
        return list(Publication.objects.order_by("id"))


def publish(bank: Bank, client: KafkaProducer) -> int:
    return send.publish(bank.team_facts("us"), client)


def test_the_answer_is_published_to_the_topic_that_was_named(staffed, token, kafka):  # noqa: F811
    answer = send_payment(token, fields("published-1"), topicId=TOPIC, version="7")
    assert answer.status == 200
    assert tasks.publish() >= 1
    (message,) = [one for one in kafka.read(TOPIC, 1) if one.key() == b"TXNpublished-1"]
    assert json.loads(message.value()) == answer.body
    (row,) = rows(staffed)
    assert (row.state, row.attempts, row.last_error) == ("published", 1, "")
    assert dict(message.headers())["ratel-evaluation-id"].startswith(b"evl_")


def test_without_a_topic_nothing_is_published(staffed, token, kafka):  # noqa: F811
    assert send_payment(token, fields("quiet-1"), topicId=None).status == 200
    assert rows(staffed) == []


def test_without_kafka_a_topic_is_heard_and_ignored(staffed, token):  # noqa: F811
    assert send_payment(token, fields("no-kafka-1"), topicId=TOPIC).status == 200
    assert rows(staffed) == []
    assert tasks.publish() == 0


@pytest.mark.parametrize("topic", ["other", "alerts", "../x", "a b", "x" * 128, "ünï"])
def test_a_topic_that_is_not_listed_is_refused_and_nothing_is_decided(staffed, token, kafka, topic):  # noqa: F811
    before = decided(staffed)
    answer = send_payment(token, fields("refused-1"), topicId=topic)
    assert answer.status == 400
    assert "topicId" in answer.body["message"]
    assert decided(staffed) == before


def decided(bank: Bank) -> int:
    with bank.seeing("us"):
        return Evaluation.objects.count()


def test_a_topic_of_a_listed_family_is_taken(staffed, token, kafka):  # noqa: F811
    assert send_payment(token, fields("family-1"), topicId="alerts.lagos").status == 200
    assert [row.topic for row in rows(staffed)] == ["alerts.lagos"]


def test_a_repetition_is_not_published_again(staffed, token, kafka):  # noqa: F811
    for _ in range(3):
        assert send_payment(token, fields("repeated-1"), topicId=TOPIC).status == 200
    assert len(rows(staffed)) == 1


def test_while_the_brokers_are_away_payments_are_decided_and_their_messages_wait(staffed, token, kafka):  # noqa: F811
    assert send_payment(token, fields("away-1"), topicId=TOPIC).status == 200
    nobody = KafkaProducer(
        {
            "bootstrap.servers": "127.0.0.1:1",
            "message.timeout.ms": 300,
            "log_level": 0,
            "socket.timeout.ms": 300,
        }
    )
    assert publish(staffed, nobody) == 0
    (row,) = rows(staffed)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.last_error
    assert row.next_attempt_at > timezone.now() - timedelta(seconds=1)
    assert publish(staffed, nobody) == 0, "its time has not come"
    with staffed.seeing("us"):
        Publication.objects.update(next_attempt_at=timezone.now())
    assert publish(staffed, producers.producer()) == 1
    assert [row.state for row in rows(staffed)] == ["published"]


def test_a_message_that_was_sent_but_not_settled_comes_again(staffed, token, kafka):  # noqa: F811
    """As after a kill between the two: the lease ends, and the same bytes are sent under the same id."""
    send_payment(token, fields("twice-1"), topicId=TOPIC)
    team = staffed.team_facts("us")
    claimed = send._claim(team, timezone.now())
    assert producers.producer().send([send._message(team, one) for one in claimed]) == [""]
    assert publish(staffed, producers.producer()) == 0, "somebody else's at the moment"
    with staffed.seeing("us"):
        Publication.objects.update(next_attempt_at=timezone.now())
    assert publish(staffed, producers.producer()) == 1
    first, second = [one for one in kafka.read(TOPIC, 2) if one.key() == b"TXNtwice-1"]
    assert first.value() == second.value()
    assert dict(first.headers())["ratel-message-id"] == dict(second.headers())["ratel-message-id"]


def test_what_nobody_took_in_a_week_is_given_up_and_removed_in_time(staffed, token, kafka):  # noqa: F811
    send_payment(token, fields("old-1"), topicId=TOPIC)
    with staffed.seeing("us"):
        Publication.objects.update(created_at=timezone.now() - timedelta(days=8))
    nobody = KafkaProducer({"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300, "log_level": 0})
    publish(staffed, nobody)
    assert [row.state for row in rows(staffed)] == ["given_up"]
    team = staffed.team_facts("us")
    assert send.purge(team, now=timezone.now()) == 0
    assert send.purge(team, now=timezone.now() + timedelta(days=8)) == 1


def test_several_hands_publish_each_message_once(staffed, token, kafka):  # noqa: F811
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    for number in range(30):
        assert send_payment(token, fields(f"many-{number}"), topicId="alerts.many").status == 200

    def hand(_: int) -> int:
        try:
            return publish(staffed, producers.producer())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as hands:
        assert sum(hands.map(hand, range(3))) == 30
    keys = [one.key() for one in kafka.read("alerts.many", 30)]
    assert sorted(keys) == sorted(f"TXNmany-{number}".encode() for number in range(30))
