"""Which fields and aggregates the rules of a ruleset read, each once, in a stable order.

Two rule groups compiled one after the other share one `Slots`, so the caller fetches every value once. It
must never know a value.
"""

from screening.rules.aggregates import Aggregate
from screening.rules.nodes import AggregateRef, FieldRef, Reference, references
from screening.rules.rule import Rule
from screening.rules.template import template_names


class Slots:
    """Positions of field values and of aggregate values; all values are the fields', then the aggregates'."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.aggregates: list[Aggregate] = []
        self._field_index: dict[str, int] = {}
        self._aggregate_index: dict[Aggregate, int] = {}

    def field(self, name: str) -> int:
        """The position of a field's value, given on first sight."""
        index = self._field_index.setdefault(name, len(self.fields))
        if index == len(self.fields):
            self.fields.append(name)
        return index

    def aggregate(self, aggregate: Aggregate) -> int:
        """The position of an aggregate's value, given on first sight."""
        index = self._aggregate_index.setdefault(aggregate, len(self.aggregates))
        if index == len(self.aggregates):
            self.aggregates.append(aggregate)
        return index

    def of(self, reference: Reference) -> int:
        """The position of either, among its own kind."""
        return (
            self.field(reference.name)
            if isinstance(reference, FieldRef)
            else self.aggregate(reference.aggregate)
        )

    def include(self, rule: Rule) -> None:
        """Everything that a rule compares or names in its explanations."""
        aliases = set()
        for tree in rule.trees:
            for reference in references(tree):
                self.of(reference)
                if isinstance(reference, AggregateRef) and reference.alias:
                    aliases.add(reference.alias)
        for template in rule.templates:
            for name in template_names(template):
                if name not in aliases:
                    self.field(name)
