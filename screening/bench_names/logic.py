"""Scores names with nomenklatura's logic-v2. Run by an interpreter that has it; it knows nothing of Ratel.

Reads from standard input a list of {name, type, candidates: [{id, type, names}]}, writes a list of {id: score}.
"""

import json
import sys
from importlib import import_module
from typing import Any

SCHEMATA = {"person": "Person", "company": "Organization", "vessel": "Vessel", "aircraft": "Airplane"}


def main() -> None:
    # Neither is installed where types are checked.
    model = import_module("followthemoney").model
    algorithm = import_module("nomenklatura.matching").get_algorithm("logic-v2")
    configuration = algorithm.default_config()

    def entity(key: str, kind: str, names: list[str]) -> Any:
        properties = {"name": names[:1], "alias": names[1:]}
        return model.get_proxy(
            {"id": key, "schema": SCHEMATA.get(kind, "LegalEntity"), "properties": properties}
        )

    answers = []
    for number, asked in enumerate(json.load(sys.stdin)):
        # The library remembers names by the entity they belong to: two queries are two entities.
        query = entity(f"query-{number}", asked["type"], [asked["name"]])
        candidates = [entity(each["id"], each["type"], each["names"]) for each in asked["candidates"]]
        answers.append({each.id: algorithm.compare(query, each, configuration).score for each in candidates})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
