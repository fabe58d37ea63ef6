"""The generated function, the slow judge and a plain reading of the definition agree on any tree."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from screening.rules.compile import MISSING_GROUPING_KEY, Slots, compile_rules
from screening.rules.judge import build_judge
from screening.rules.nodes import AggregateRef, AllOf, AnyOf, Comparison, FieldRef, Literal, Not, references
from screening.rules.parse import RuleProblems, parse_rule, rule_document
from tests.rules.desk import LISTS, NOW, rule

NUMBERS = st.integers(-3, 3) | st.sampled_from(["0.5", "1.5", "-2.5"])
WORDS = st.sampled_from(["atm", "pos", "cash"])
ORDER = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])
NUMERIC = st.sampled_from(["amount", "hourOfDay", "priorSars", "attributes.n"])
AGGREGATES = st.fixed_dictionaries(
    {"function": st.just("count"), "window": st.sampled_from(["P1D", "PT1H"])},
    optional={"where": st.just({"field": "isCash", "operator": "==", "value": True})},
)
SIDES = st.fixed_dictionaries(
    {"field": NUMERIC}, optional={"times": NUMBERS.filter(lambda n: Decimal(n) > 0)}
) | (st.fixed_dictionaries({"aggregate": AGGREGATES}))


def comparison(left, operator, value):
    return st.builds(lambda a, b, c: {**a, "operator": b, "value": c}, left, operator, value)


def field(name):
    return st.just({"field": name})


COMPARISONS = st.one_of(
    comparison(SIDES, ORDER, NUMBERS | SIDES),
    comparison(SIDES, st.just("between"), st.just([-1, 2])),
    comparison(
        SIDES,
        st.sampled_from(["in", "not_in"]),
        st.lists(st.integers(-3, 3) | st.just(0.5), min_size=1, max_size=3),
    ),
    comparison(field("channel"), st.sampled_from(["==", "!=", "contains", "match"]), WORDS),
    comparison(field("attributes.w"), st.sampled_from(["==", "!=", "contains", "match"]), WORDS),
    comparison(field("city"), st.sampled_from(["in", "not_in"]), st.lists(WORDS, min_size=1, max_size=2)),
    comparison(field("isCash"), st.sampled_from(["==", "!="]), st.booleans()),
    comparison(field("matchedLists"), st.just("contains"), WORDS),
    comparison(field("channel"), st.sampled_from(["==", "contains"]), field("attributes.w")),
)
TREES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
).filter(lambda tree: len(str(tree)) < 4000)
SEEN_WORDS = WORDS | st.sampled_from(["ATM", ""])
VALUES = st.fixed_dictionaries(
    {
        "amount": st.none() | st.decimals(-3, 3, places=1),
        "hourOfDay": st.none() | st.integers(-3, 3),
        "priorSars": st.none() | st.integers(-3, 3),
        "attributes.n": st.none() | st.integers(-3, 3) | st.just(0.5) | SEEN_WORDS | st.booleans(),
        "attributes.w": st.none() | SEEN_WORDS | st.integers(0, 1),
        "channel": st.none() | WORDS,
        "city": st.none() | SEEN_WORDS,
        "isCash": st.none() | st.booleans(),
        "matchedLists": st.none() | st.frozensets(WORDS),
    }
)
COUNTS = st.lists(st.none() | st.integers(0, 3), min_size=4, max_size=4)


def deep(tree):
    return 1 + max((deep(child) for child in children(tree)), default=0)


def children(tree):
    return [*tree.get("all", []), *tree.get("any", []), *([tree["not"]] if "not" in tree else [])]


def reading(reference, fields, counts):
    """A side's value by the definition."""
    if isinstance(reference, AggregateRef):
        value = counts[reference.aggregate]
        value = None if value is MISSING_GROUPING_KEY else value
    else:
        value = fields[reference.name]
        wanted = {"number": (int, float, Decimal), "text": str, "boolean": bool, "folded": str}.get(
            reference.reading
        )
        if wanted and (
            not isinstance(value, wanted) or (isinstance(value, bool) and reference.reading == "number")
        ):
            return None
        value = value.casefold() if reference.reading == "folded" else value
        value = Decimal(str(value)) if isinstance(value, float) else value
    return value if value is None or reference.times is None else value * reference.times


def truth(node, fields, counts):
    """Kleene's three values, written as plainly as possible."""
    if isinstance(node, Not):
        inner = truth(node.child, fields, counts)
        return None if inner is None else not inner
    if isinstance(node, AllOf | AnyOf):
        decisive = isinstance(node, AnyOf)
        found = [truth(child, fields, counts) for child in node.children]
        return decisive if decisive in found else (None if None in found else not decisive)
    return compared(node, fields, counts)


def compared(node: Comparison, fields, counts):
    left, right = reading(node.left, fields, counts), node.right
    if isinstance(right, FieldRef | AggregateRef):
        right = reading(right, fields, counts)
    elif isinstance(right, Literal):
        right = right.value
    if left is None or right is None:
        return None
    return {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        "between": lambda: right.low <= left <= right.high,
        "in": lambda: left in right.items,
        "not_in": lambda: left not in right.items,
        "match": lambda: left == right,
        "contains": lambda: right in left,
    }[node.operator]()


def expected_state(parsed, fields, counts):
    if truth(parsed.conditions, fields, counts) is True:
        return "T"
    read = list(references(parsed.conditions))
    if any(
        isinstance(side, AggregateRef) and counts[side.aggregate] is MISSING_GROUPING_KEY for side in read
    ):
        return "G"
    return "I" if any(reading(side, fields, counts) is None for side in read) else "N"


@settings(max_examples=300, deadline=None)
@given(tree=TREES.filter(lambda tree: deep(tree) <= 8), values=VALUES, counts=COUNTS, grouped=st.booleans())
def test_fast_path_slow_path_and_definition_agree(tree, values, counts, grouped):
    has_window = "aggregate" in str(tree)
    parsed = rule(tree, groupBy=["device"] if grouped and has_window else None)
    slots = Slots()
    compiled = compile_rules([parsed], slots)
    numbers = [
        MISSING_GROUPING_KEY if n is None and parsed.group_by else n for n in counts[: len(slots.aggregates)]
    ]
    by_aggregate = dict(zip(slots.aggregates, numbers, strict=True))
    fields = [values[name] for name in slots.fields]

    wanted = expected_state(parsed, values, by_aggregate)
    assert compiled.run(fields, numbers, NOW).states == wanted

    states, hits = bytearray(b"N"), []
    build_judge(0, parsed, slots)(fields, numbers, states, hits)
    assert states.decode() == wanted
    assert hits == ([(0, 0)] if wanted == "T" else [])


@settings(max_examples=300, deadline=None)
@given(tree=TREES.filter(lambda tree: deep(tree) <= 8))
def test_any_rule_goes_to_a_document_and_back_unchanged(tree):
    parsed = rule(tree)
    again = parse_rule(
        rule_document(parsed), country_lists=LISTS, rule_id="rul_1", version=1, layer="custom_rules"
    )
    assert again == parsed


KEYS = st.sampled_from(
    [
        *(
            "all",
            "any",
            "not",
            "field",
            "aggregate",
            "operator",
            "value",
            "times",
            "type",
            "conditions",
            "list",
        ),
        *("function", "of", "window", "where", "as", "code", "name", "scoreContribution", "appliesWhen"),
        *("variants", "amount", "channel", "narration", "explanation", "groupBy"),
        *("occurrenceWindow", "occurrenceThreshold"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | KEYS
    | st.sampled_from(
        [
            "==",
            ">=:5",
            "in:['a']",
            "match:(",
            "P7D",
            "count",
            "{amount}",
            "{a*",
            "AMOUNT_GREATER_THAN",
            "CODE",
        ]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=5)
    ),
)


@settings(max_examples=300, deadline=None)
@given(document=JSON, conditions=JSON)
def test_no_document_raises_anything_but_problems(document, conditions):
    base = {"code": "A", "name": "a", "scoreContribution": 1, "conditions": conditions}
    for written in (document, base):
        try:
            parsed = parse_rule(written, country_lists=LISTS, rule_id="1", version=1, layer="custom_rules")
        except RuleProblems as refused:
            assert refused.problems
        else:
            compile_rules([parsed], Slots()).run([None] * 200, [None] * 200, NOW)
