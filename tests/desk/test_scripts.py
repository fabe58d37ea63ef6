"""A page runs the scripts that it names, and no other one, even from here."""

import re

from django.test import Client
from playwright.sync_api import Browser

from tests.web.pages import SIGN_IN, STRICT

FROM_HERE = """({ nonce }) => new Promise(resolve => {
  const script = document.createElement("script");
  script.nonce = nonce;
  script.src = "/static/desk.js";
  script.onload = () => resolve("run");
  script.onerror = () => resolve("refused");
  document.head.append(script);
})"""


def nonces_of(page: str) -> set[str]:
    return set(re.findall(r'<script[^>]* nonce="([^"]*)"', page))


def test_every_answer_has_a_nonce_of_its_own():
    first, second = (Client().get(SIGN_IN) for _ in range(2))
    assert len(nonces_of(first.content.decode())) == 1
    assert nonces_of(first.content.decode()) != nonces_of(second.content.decode())


def test_an_answer_that_names_no_script_allows_none():
    policy = STRICT.fullmatch(Client().get("/healthz").headers["Content-Security-Policy"])
    assert policy is not None
    assert policy["nonce"] is None


def test_the_browser_of_the_api_runs_its_own_scripts_alone():
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    assert len(nonces_of(page)) == 1
    assert page.count("<script") == page.count("<script nonce=")
    assert f"script-src 'nonce-{nonces_of(page).pop()}';" in answer.headers["Content-Security-Policy"]


def test_a_file_from_here_that_the_page_does_not_name_is_no_script(
    browser: Browser, live_server_process: str
):
    with browser.new_context() as window:
        page = window.new_page()
        page.goto(live_server_process + SIGN_IN)
        assert page.evaluate(FROM_HERE, {"nonce": ""}) == "refused"
        own = page.evaluate("document.querySelector('script[src]').nonce")
        assert page.evaluate(FROM_HERE, {"nonce": own}) == "run"
