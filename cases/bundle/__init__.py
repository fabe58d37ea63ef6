"""Examination bundles: everything about a case, a customer or a period in one archive that anybody can check offline.

`collect` reads, `archive` packs, `services` and `work` decide when, `verify.py` goes along with every bundle.
"""
