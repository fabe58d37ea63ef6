"""The breaker against a model so small that it can be read: a list of outcomes, and when the phase began."""

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ratel.breakers import (
    FAILURES_IN_A_ROW,
    FEWEST_OUTCOMES,
    OPEN_SECONDS,
    PROBE_LOST_SECONDS,
    SUCCESSES_TO_CLOSE,
    WINDOW_SECONDS,
    Breaker,
    BreakerState,
)


class Model:
    """What operations.md says, without a thought for speed. `outcomes` are (when, whether it went well)."""

    def __init__(self) -> None:
        self.phase = "closed"
        self.since = 0.0
        self.outcomes: list[tuple[float, bool]] = []
        self.probe_at: float | None = None

    def allows(self, now: float) -> bool:
        if self.phase == "open" and now - self.since >= OPEN_SECONDS:
            self.enter("half_open", now)
        if self.phase == "half_open":
            if self.probe_at is not None and now - self.probe_at < PROBE_LOST_SECONDS:
                return False
            self.probe_at = now
        return self.phase != "open"

    def report(self, went_well: bool, now: float) -> None:
        if self.phase == "open":
            return
        self.outcomes.append((now, went_well))
        if self.phase == "half_open":
            self.probe_at = None
            if not went_well:
                self.enter("open", now)
            elif len(self.outcomes) == SUCCESSES_TO_CLOSE:
                self.enter("closed", now)
        elif not went_well and (self.fails_in_a_row() or self.fails_half_of_the_time(now)):
            self.enter("open", now)

    def fails_in_a_row(self) -> bool:
        last = [went_well for _, went_well in self.outcomes[-FAILURES_IN_A_ROW:]]
        return len(last) == FAILURES_IN_A_ROW and not any(last)

    def fails_half_of_the_time(self, now: float) -> bool:
        successes, failures = self.window(now)
        return successes + failures >= FEWEST_OUTCOMES and failures * 2 >= successes + failures

    def window(self, now: float) -> tuple[int, int]:
        recent = [went_well for when, went_well in self.outcomes if int(now) - int(when) < WINDOW_SECONDS]
        return recent.count(True), recent.count(False)

    def enter(self, phase: str, now: float) -> None:
        self.phase, self.since, self.outcomes, self.probe_at = phase, now, [], None


class BreakerAgainstModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.breaker = Breaker(BreakerState(since=self.now))
        self.model = Model()
        self.model.since = self.now

    @rule(seconds=st.one_of(st.floats(0, 2), st.sampled_from([29.0, 30.0, 31.0, 59.9, 60.0, 75.0])))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(outcomes=st.lists(st.booleans(), min_size=1, max_size=25))
    def calls_are_made(self, outcomes: list[bool]) -> None:
        for went_well in outcomes:
            allowed = self.breaker.allows(self.now)
            assert allowed == self.model.allows(self.now)
            if allowed:
                self.report(went_well)

    @rule(count=st.integers(1, 12))
    def calls_fail(self, count: int) -> None:
        self.calls_are_made([False] * count)

    @rule(count=st.integers(1, 6))
    def calls_succeed(self, count: int) -> None:
        self.calls_are_made([True] * count)

    @rule(went_well=st.booleans())
    def a_call_from_before_reports_late(self, went_well: bool) -> None:
        self.report(went_well)

    @rule()
    def a_call_never_reports(self) -> None:
        assert self.breaker.allows(self.now) == self.model.allows(self.now)

    @rule()
    def it_is_stored_in_a_row_and_read_back(self) -> None:
        stored = json.loads(json.dumps(self.breaker.state.as_document()))
        self.breaker = Breaker(BreakerState.from_document(stored))

    @precondition(lambda self: self.model.phase == "open")
    @rule()
    def while_open_nobody_is_let_through_before_time(self) -> None:
        if self.now - self.model.since < OPEN_SECONDS:
            assert not self.breaker.allows(self.now)

    @invariant()
    def both_say_the_same(self) -> None:
        assert (self.breaker.phase, self.breaker.since) == (self.model.phase, self.model.since)
        assert self.breaker.probe_at == self.model.probe_at
        if self.model.phase == "closed":
            assert self.breaker.outcomes(self.now) == self.model.window(self.now)

    def report(self, went_well: bool) -> None:
        (self.breaker.succeeded if went_well else self.breaker.failed)(self.now)
        self.model.report(went_well, self.now)


BreakerAgainstModel.TestCase.settings = settings(
    max_examples=300, stateful_step_count=60, deadline=None, derandomize=True
)
TestBreakerAgainstModel = BreakerAgainstModel.TestCase


def test_ten_failures_in_a_row_open_it_and_nine_do_not() -> None:
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(0.0)
    assert breaker.allows(0.0)
    breaker.failed(0.0)
    assert not breaker.allows(59.9)


def test_half_of_twenty_failures_in_thirty_seconds_open_it_and_of_nineteen_do_not() -> None:
    breaker = Breaker()
    for number in range(19):
        (breaker.failed if number % 2 == 0 else breaker.succeeded)(float(number))
    assert breaker.phase == "closed"
    breaker.succeeded(19.0)
    assert breaker.phase == "closed"
    breaker.failed(19.5)
    assert breaker.phase == "open"


def test_failures_older_than_thirty_seconds_are_forgotten() -> None:
    breaker = Breaker()
    for number in range(18):
        (breaker.failed if number % 2 == 0 else breaker.succeeded)(0.0)
    for _ in range(10):
        breaker.succeeded(31.0)
    for _ in range(9):
        breaker.failed(31.5)
    assert breaker.outcomes(31.5) == (10, 9)
    assert breaker.phase == "closed"


def test_after_a_minute_one_probe_at_a_time_and_five_successes_close_it() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(0.0)
    for moment in (60.0, 60.1, 60.2, 60.3, 60.4):
        assert breaker.allows(moment)
        assert not breaker.allows(moment)
        breaker.succeeded(moment)
    assert breaker.phase == "closed"
    assert breaker.allows(60.5)
    assert breaker.allows(60.5)


def test_a_probe_that_fails_opens_it_for_another_minute() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(0.0)
    assert breaker.allows(60.0)
    breaker.failed(60.5)
    assert not breaker.allows(120.4)
    assert breaker.allows(120.5)


def test_a_probe_that_never_reports_is_followed_by_another() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(0.0)
    assert breaker.allows(60.0)
    assert not breaker.allows(89.9)
    assert breaker.allows(90.0)
