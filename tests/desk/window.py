"""The browser window that tests and pictures of the desk share. Knows no Django."""

# As root in a container there is no sandbox; nothing may leave this machine or slow the tests down.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
OPTIONS += ["--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage"]
WIDTH, HEIGHT = 1440, 900
PATIENCE_MS = 60_000
THEMES = ("light", "dark")
