"""What the demo's people write: why an alert was harmless, what a case rests on. Invented, about nobody."""

from typing import Final

# By the kind of episode (screening/demo/episodes.py); `ordinary` is an everyday customer, `suspicious` what is confirmed.
REASONS: Final[dict[str, tuple[str, ...]]] = {
    "structuring": (
        "Takings of four market stalls, each banked at the nearest branch; the ledger of the week agrees.",
        "Harvest sales paid out in cash, receipts seen for every deposit.",
    ),
    "large_cash": (
        "Weekend takings of a cash business, in line with its turnover; the report is drafted.",
        "Sale of a used delivery van, contract and registration seen.",
    ),
    "just_below": (
        "Deposit on a flat at the agreed price; contract seen, the amount is the seller's, not chosen to avoid a limit.",
        "School fees of three children for the year, invoice seen.",
    ),
    "listed_name": (
        "The payee is a local tradesman: another birth year, another nationality, verified with the receiving bank.",
    ),
    "exposed_person": (
        "The payee shares the name only: a tailor, confirmed by the receiving bank and by address.",
        "Campaign merchandise bought in a shop of that name; no link to the office holder.",
    ),
    "importer": (
        "Known importer, invoice and bill of lading agree with the amount.",
        "Yearly order of the same supplier; documents of the last three shipments are on file.",
    ),
    "burst": ("Wages of day labourers paid to their wallets, payroll list seen.",),
    "dormant": (
        "Savings account used to buy a car; owner called back on the number on file.",
        "Inheritance paid out after probate; documents seen.",
    ),
    "pass_through": ("Advance for goods passed on to the supplier the same day; order and invoice agree.",),
    "newcomer": (
        "New account of a known business that moved its bank; statements of the old bank seen.",
        "Car bought with the loan that the account was opened for.",
    ),
    "ordinary": ("Usual customer, unusual day: the amount is explained by a purchase.",),
    "suspicious": (
        "Confirmed: no economic reason was given, and what was said does not agree with the documents.",
    ),
}
NOTES: Final[dict[str, str]] = {
    "structuring": "Several cash deposits just under the limit within hours, at different branches. Asked for the slips.",
    "large_cash": "Large cash deposit. Asked for the origin of the cash.",
    "just_below": "Amount stays just under the limit, payee is new. Asked the customer for the contract.",
    "listed_name": "Payee's name is on a sanctions list. Asked the receiving bank for birth date and nationality.",
    "exposed_person": "Payee has the name of a politically exposed person. Compared birth date, country and role.",
    "importer": "Payment abroad. Asked for invoice and transport documents.",
    "burst": "Many small payments to new wallets within an hour. Asked for the reason.",
    "dormant": "Account slept for more than half a year and woke up with a large payment. Called the customer back.",
    "pass_through": "Nearly everything that came in went out again within two hours. Looked at both counterparties.",
    "newcomer": "Customer of a few days moves more than was expected at opening. Compared with the stated purpose.",
    "ordinary": "Unusual amount for this customer.",
}
