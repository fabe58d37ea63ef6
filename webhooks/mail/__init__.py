"""E-mail from the outbox: officers are told of escalations and blocks, admins of an endpoint that was paused.

A second reader of the same rows that webhooks are delivered from (`collect.py`), with rows of its own per event and
person, sent after the commit by Django's mail backend (`send.py`). At least once: whoever dies between the mail server's
"accepted" and the mark sends that mail again, under the same Message-ID. A mail names ids and a link, never a person's
data: mail is read on telephones, forwarded, and kept by others.
"""
