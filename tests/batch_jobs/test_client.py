"""The Python client against the running server: a batch from beginning to end, and the risk of an entity."""

from ratel_client import RatelClient

from tests.batch_jobs.items import finish_everything, item
from tests.cast import make_bank


def test_the_client_sees_a_batch_through(live_server_process: str) -> None:
    bank = make_bank("Acme Bank", "us")
    with RatelClient(live_server_process, bank.callers["us"].key or "") as client:
        batch = client.screen_batch([item(1), item(2), {"amount": "x"}])
        assert batch.status.status == "PROCESSING"
        finish_everything()
        batch.wait_for_completion()
        results = batch.get_results()
        decisions = [one.screening.decision if one.screening else None for one in results]
        assert decisions == ["APPROVE", "APPROVE", None]
        risk = client.entity_risk("ent_1")
        assert (risk.entity_id, risk.risk_level, risk.factors["velocity_90d"]) == ("ent_1", "LOW", 1)
