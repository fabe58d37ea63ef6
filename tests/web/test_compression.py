"""Pages, scripts and styles go out compressed to whoever takes that; files and answers of the API do not."""

import gzip

import pytest
import requests
from django.test import Client

from tests.cast import make_bank

GZIP = {"Accept-Encoding": "gzip"}


def test_a_page_is_compressed_for_who_takes_it_and_says_so_to_caches() -> None:
    client = Client()
    plain, small = (client.get("/accounts/login/", headers=headers) for headers in ({}, GZIP))
    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small["Vary"]
    assert "Accept-Encoding" in plain["Vary"]
    assert len(small.content) < len(plain.content)
    assert b"</html>" in gzip.decompress(small.content)


def test_the_same_page_is_not_always_as_long() -> None:
    """So that nothing on it can be guessed from its length."""
    client = Client()
    lengths = {len(client.get("/accounts/login/", headers=GZIP).content) for _ in range(20)}
    assert len(lengths) > 1


@pytest.mark.parametrize("name", ["desk.css", "desk.js", "django_htmx/htmx-2.min.js"])
def test_a_static_file_is_compressed_and_not_sent_again_to_who_has_it(
    live_server_process: str, name: str
) -> None:
    url = f"{live_server_process}/static/{name}"
    first = requests.get(url, headers=GZIP, timeout=30)
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.text == requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=30).text
    tag = first.headers["ETag"]
    again = requests.get(url, headers={**GZIP, "If-None-Match": tag}, timeout=30)
    assert (again.status_code, again.content) == (304, b"")


def test_answers_of_the_api_go_out_as_they_are() -> None:
    bank = make_bank("Acme Bank", "us", people=True)
    answer = bank.session("officer", "us").client.get("/api/rules", headers=GZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer
