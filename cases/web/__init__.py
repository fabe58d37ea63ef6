"""The analyst's desk: server-rendered pages. A view asks selectors and renders; it must never decide anything."""
