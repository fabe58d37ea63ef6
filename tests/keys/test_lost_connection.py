"""A connection that ended while nobody used it costs no caller anything: what asks first asks once more."""

import pytest
from django.db import OperationalError, connection

from ratel.statements import again_if_lost
from ratel.tenancy import tenant
from tests.cast import make_bank


def end_this_connection() -> None:
    """As a server that was restarted, or a proxy that hung up, would."""
    import os

    import psycopg

    connection.ensure_connection()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 2000)", [connection.connection.info.backend_pid])


def test_the_first_use_of_a_key_is_answered_over_a_new_connection():
    bank = make_bank("Acme Bank", "us")
    end_this_connection()
    assert bank.callers["us"].evaluate().status == 200


def test_inside_a_transaction_the_loss_is_told():
    bank = make_bank("Acme Bank", "us")
    calls = []

    def work() -> None:
        calls.append(1)
        end_this_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    with pytest.raises(OperationalError), tenant(bank.id):
        again_if_lost(work)
    assert calls == [1]
