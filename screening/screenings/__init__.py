"""Screening a subject outside of a payment: who is asked about, how the result is judged, what is stored of it."""
