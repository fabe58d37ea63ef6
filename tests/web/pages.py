"""What every page must keep to, and a browser that signs in."""

import re

from django.test import Client

from tests.cast import PASSWORD

STRICT = re.compile(
    r"default-src 'self'; script-src ('none'|'nonce-(?P<nonce>[\w-]{22})'); object-src 'none'; base-uri 'none';"
    r" form-action 'self'; frame-ancestors 'none'"
)
SIGN_IN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, address: str = "192.0.2.1", **fields: str):
    form = {"username": email, "password": password, **fields}
    return client.post(SIGN_IN, form, REMOTE_ADDR=address)


def text_of(response) -> str:
    """The page as a person reads it: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def assert_is_strict(response) -> None:
    """Nothing inline or from elsewhere, only scripts of its own, and the header that makes browsers hold to it."""
    page = response.content.decode()
    policy = STRICT.fullmatch(response.headers["Content-Security-Policy"])
    assert policy is not None, response.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script([^>]*)>", page)
    assert all(f' nonce="{policy["nonce"]}"' in script for script in scripts)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", page)
    links = re.findall(r"(?:src|href|action)=\"([^\"]*)\"", page)
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)
