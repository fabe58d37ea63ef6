"""Addresses of the desk: watchlists."""

from django.urls import URLPattern, path

from screening.web import watchlists as pages
from screening.web import watchlists_search as search
from screening.web import watchlists_work as work

_ONE = "watchlists/<str:watchlist_id>"

urlpatterns: list[URLPattern] = [
    path("watchlists", pages.watchlists, name="watchlists"),
    path("watchlists/create", work.watchlist_create, name="watchlist-create"),
    path("watchlists/search", search.name_search, name="name-search"),
    path("watchlists/search/run", search.name_search_run, name="name-search-run"),
    path("watchlists/search/keep", search.name_search_keep, name="name-search-keep"),
    path(_ONE, pages.watchlist, name="watchlist"),
    path(f"{_ONE}/changes", pages.watchlist_changes, name="watchlist-changes"),
    path(f"{_ONE}/refresh", work.watchlist_refresh, name="watchlist-refresh"),
    path(f"{_ONE}/delete", work.watchlist_delete, name="watchlist-delete"),
    path(f"{_ONE}/entries", work.watchlist_entry_add, name="watchlist-entry-add"),
    path(f"{_ONE}/entries/<str:entry_id>/remove", work.watchlist_entry_remove, name="watchlist-entry-remove"),
    path(f"{_ONE}/import", work.watchlist_import, name="watchlist-import"),
    path(f"{_ONE}/import/confirm", work.watchlist_import_confirm, name="watchlist-import-confirm"),
    path("screenings", search.screenings, name="screenings"),
    path("screenings/<str:screening_id>", search.screening, name="screening"),
]
