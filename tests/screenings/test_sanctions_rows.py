"""The sanctions rows of the pipeline's page, through evaluate: scores, thresholds, parties, aliases, near misses."""

from typing import Any

import pytest

from ratel.identifiers import read
from screening.models import Evaluation as StoredEvaluation
from screening.replays import open_evaluation
from tests.cast import Bank, make_bank
from tests.evaluate.answers import QUIET
from tests.evaluate.lists import IN_THE_PRESS, POLITICALLY_EXPOSED, SANCTIONED
from tests.evaluate.rules import set_policy

PARTIES = ["customerName", "counterpartyName"]
THRESHOLDS = {"sanctions": 85, "pep": 95, "internal": 90, "adverse_media": 90}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "ng", "us")


def sanctions(bank: Bank, pack: str = "us", **fields: Any) -> dict[str, Any]:
    """The layer as it is answered, with its stored evidence by role."""
    answer = bank.callers[pack].explain(**{**QUIET, **fields})
    assert answer.status == 200, answer.body
    (layer,) = [one for one in answer.data["layers"] if one["name"] == "sanctions"]
    identifier = read("evl", answer.data["evaluationId"])
    with bank.seeing(pack):
        row = StoredEvaluation.objects.get(id=identifier)
    evidence = open_evaluation(row.id, bytes(row.sealed_detail)).layer("sanctions").evidence
    assert evidence is not None
    return {**layer, "parties": {one["role"]: one for one in evidence["parties"]}, "answer": answer.data}


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize(
    ("name", "score", "outcome"),
    [
        (SANCTIONED, 95, "block"),
        (POLITICALLY_EXPOSED, 70, "escalate"),
        (IN_THE_PRESS, 60, "review"),
        ("Ngozi Wintersgill", 0, "pass"),
    ],
)
def test_each_kind_of_list_has_its_score_for_either_party(
    bank: Bank, party: str, name: str, score: int, outcome: str
) -> None:
    layer = sanctions(bank, customerId=f"{party} {name}", **{party: name})
    assert (layer["score"], layer["outcome"]) == (score, outcome)


@pytest.mark.parametrize(
    ("name", "decision", "blocked"),
    [(SANCTIONED, "escalate", True), (POLITICALLY_EXPOSED, "escalate", None), (IN_THE_PRESS, "review", None)],
)
def test_the_layers_outcome_is_never_diluted(
    bank: Bank, name: str, decision: str, blocked: bool | None
) -> None:
    answer = sanctions(bank, "ng", customerId=f"diluted {name}", counterpartyName=name)["answer"]
    assert (answer["decision"], answer.get("blocked")) == (decision, blocked)


def test_of_both_parties_the_more_severe_decides_and_both_are_kept(bank: Bank) -> None:
    layer = sanctions(bank, customerId="both", customerName=IN_THE_PRESS, counterpartyName=SANCTIONED)
    assert (layer["score"], layer["outcome"]) == (95, "block")
    assert len(layer["reasons"]) == 2
    assert all(layer["parties"][role]["matches"] for role in ("customer", "counterparty"))


@pytest.mark.parametrize("party", PARTIES)
def test_a_near_miss_is_kept_and_scores_nothing(bank: Bank, party: str) -> None:
    """A politician whose name is spelt otherwise: below 95, above 70."""
    layer = sanctions(bank, customerId=f"near {party}", **{party: "Prabovo Subiantoo"})
    assert (layer["score"], layer["outcome"], layer["reasons"]) == (0, "pass", [])
    kept = layer["parties"][party.removesuffix("Name")]
    assert kept["matches"] == []
    assert kept["nearMisses"][0]["reference"] == "demo-pep-prabowo"
    assert 70 <= kept["nearMisses"][0]["score"] < 95
    assert kept["nearMisses"][0]["explanation"]


def test_a_non_match_leaves_its_proof(bank: Bank) -> None:
    layer = sanctions(bank, customerId="clean", customerName="Ngozi Wintersgill")
    proof = layer["parties"]["customer"]
    assert proof["generation"].startswith("gen_")
    assert isinstance(proof["candidates"], int) and proof["bestScore"] < 70


def test_the_policys_thresholds_are_in_force() -> None:
    bank, name = make_bank("Acme Bank", "us"), "Prabovo Subiantoo"
    found = sanctions(bank, customerName=name)["parties"]["customer"]["nearMisses"][0]["score"]
    set_policy(bank, "us", thresholds={**THRESHOLDS, "pep": round(found, 1)})
    assert sanctions(bank, customerName=name)["score"] == 70
    set_policy(bank, "us", thresholds={**THRESHOLDS, "sanctions": 100})
    assert sanctions(bank, customerId="c-2", customerName="Viktor Boutt")["score"] == 0
    set_policy(bank, "us", thresholds={**THRESHOLDS, "sanctions": 70})
    assert sanctions(bank, customerId="c-2", customerName="Viktor Boutt")["score"] == 95


@pytest.mark.parametrize("alias", ["El Chapo", "PDVSA", "Jokowi", "IRISL", "El Mayo"])
@pytest.mark.parametrize("party", PARTIES)
def test_a_weak_alias_never_decides_alone(bank: Bank, party: str, alias: str) -> None:
    layer = sanctions(bank, customerId=f"weak {party} {alias}", **{party: alias})
    assert (layer["score"], layer["outcome"]) == (0, "pass")


def test_a_counterparty_of_another_country_than_the_politician_is_not_the_politician(bank: Bank) -> None:
    """Nothing may contradict a politically exposed match; a sanctions match counts on."""
    exposed = sanctions(bank, customerId="p", counterpartyName=POLITICALLY_EXPOSED, country="BR")
    assert exposed["score"] == 0
    listed = sanctions(bank, customerId="s", counterpartyName=SANCTIONED, country="BR")
    assert listed["score"] == 95


def test_a_match_explains_itself(bank: Bank) -> None:
    layer = sanctions(bank, customerId="why", counterpartyName=SANCTIONED, country="RU")
    (reason,) = layer["reasons"]
    assert reason.startswith("Counterparty matches a sanctions entry, 100 of 100:")
    (match,) = layer["parties"]["counterparty"]["matches"]
    assert (match["list"], match["reference"], match["matchedName"]) == ("demo", "demo-bout", SANCTIONED)
    assert any("country RU" in line for line in match["explanation"])


@pytest.mark.parametrize(
    ("born", "score"), [("1967-01-13", 100), ("1967", 100), ("1991-05-05", 85), (None, 100)]
)
def test_what_is_stored_of_a_customer_is_evidence_in_a_payment(
    bank: Bank, born: str | None, score: int
) -> None:
    """The list has Viktor Bout born in 1967: with another year the same name is worth 15 points less."""
    customer = f"namesake {born}"
    created = bank.callers["us"].post(
        "/api/customers",
        {"customerId": customer, "fullName": SANCTIONED, **({"dateOfBirth": born} if born else {})},
    )
    assert created.status == 201, created.body
    (match,) = sanctions(bank, customerId=customer)["parties"]["customer"]["matches"]
    assert match["score"] == score
    assert any("born in another year" in line for line in match["explanation"]) is (score == 85)
