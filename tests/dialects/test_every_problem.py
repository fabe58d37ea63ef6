"""Whatever is wrong with a body, all of it is named at once: each problem with its path, once, and no other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from screening.second_look import LONGEST_PATH, MOST_PROBLEMS
from tests.dialects.mistakes import ALL, BANK, ENTITY, FRAML, NATIVE, STREAM, Dialect

each_dialect = pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)


@each_dialect
def test_a_body_without_mistakes_is_taken(dialect: Dialect) -> None:
    assert dialect.paths(dialect.valid) == []


@each_dialect
def test_each_mistake_alone_is_named_alone(dialect: Dialect) -> None:
    for path, mistakes in dialect.mistakes.items():
        for mistake in mistakes:
            assert dialect.paths(dialect.broken({path: mistake})) == [path], mistake


@each_dialect
def test_a_mistake_in_every_field_is_named_with_all_the_others(dialect: Dialect) -> None:
    paths, body = dialect.one_each()
    assert sorted(dialect.paths(body)) == sorted(paths)


@each_dialect
@given(choice=some.data())
def test_exactly_the_fields_that_are_broken_are_named(dialect: Dialect, choice: Any) -> None:
    names = some.sets(some.sampled_from(sorted(dialect.mistakes)), min_size=1)
    drawn = choice.draw(names, label="broken fields")
    chosen = {
        path: choice.draw(some.sampled_from(dialect.mistakes[path]), label=path)
        for path in sorted(drawn)
        if not any(path != part and path.startswith(f"{part}.") for part in drawn)
    }
    # What is put into a part is not there if the part itself is something else.
    chosen = {
        path: (place, value)
        for path, (place, value) in chosen.items()
        if not any(part != place and place.startswith(f"{part}.") for part in drawn)
    }
    assert sorted(dialect.paths(dialect.broken(chosen))) == sorted(chosen)


@each_dialect
def test_names_that_nobody_knows_do_not_crowd_out_the_fields(dialect: Dialect) -> None:
    """An answer has its bounds, and what the dialect has a name for comes first."""
    mistakes = {path: found[0] for path, found in dialect.mistakes.items() if not dialect.is_whole(path)}
    wrong = {path: mistakes[path] for path in list(mistakes)[:5]}
    body = dialect.broken(wrong)
    part = body.get("payload") or body.get("data") or body
    part |= {f"{number}{'n' * 300}": "a\x00" for number in range(5_000)}
    found = dialect.paths(body)
    assert set(found) >= set(wrong) - {"more"}
    assert len(found) == len(set(found)) == MOST_PROBLEMS + 1
    assert found[-1] in {"", "payload"}
    assert all(len(path) <= LONGEST_PATH for path in found)


@pytest.mark.parametrize("dialect", [NATIVE, BANK, ENTITY, FRAML], ids=lambda one: one.name)
@pytest.mark.parametrize("body", [None, 1, "text", [], [{}]], ids=repr)
def test_what_is_no_object_is_one_problem(dialect: Dialect, body: Any) -> None:
    assert dialect.paths(body) == [""]


def test_nothing_at_all_is_named_by_what_is_required() -> None:
    assert sorted(NATIVE.paths({})) == ["amount", "channel", "customerId", "direction"]
    assert sorted(ENTITY.paths({})) == ["amount", "receiver", "sender", "transaction_id"]
    assert sorted(FRAML.paths({})) == ["payload"]
    assert {"txn_id", "customer_id", "date_time", "k_amount"} < set(STREAM.paths({"data": {}}))


def test_two_amounts_and_another_currency_are_named_beside_what_is_missing() -> None:
    body = {"channel": 5, "amount": 1, "amountIdr": 1.5, "direction": "debit", "currency": "XXZ"}
    assert sorted(NATIVE.paths(body)) == ["amount", "amountIdr", "channel", "currency", "customerId"]
    body = {"amountIdr": 1, "direction": "debit", "channel": "x", "currency": "USD"}
    assert sorted(NATIVE.paths(body)) == ["currency", "customerId"]


def test_a_text_that_is_too_long_and_holds_a_null_character_has_two_problems() -> None:
    assert NATIVE.paths({**NATIVE.valid, "city": "\x00" * 300}) == ["city", "city"]


@pytest.mark.parametrize("depth", [9, 100, 1_000, 5_000])
def test_what_nests_too_deep_is_refused_beside_the_rest(depth: int) -> None:
    deep: Any = "deep"
    for _ in range(depth):
        deep = [deep]
    for dialect, path in ((NATIVE, "attributes.deep"), (BANK, "deep"), (ENTITY, "metadata.deep")):
        first = next(iter(dialect.mistakes))
        body = dialect.broken({"deep": (path, deep), first: dialect.mistakes[first][0]})
        assert sorted(dialect.paths(body)) == sorted(["attributes.deep", first])
