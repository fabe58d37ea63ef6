"""A report as a PDF for people and files: the same content as the XML, with where each fact comes from."""

from typing import Any, Final

from cases.reports import fields
from cases.reports.content import Party, Payment
from cases.reports.document import Document
from cases.reports.indicators import WORDS
from cases.reports.letters import FAMILY, font_path, printable
from ratel.templatetags.desk import money

_MARGIN_MM: Final = 18
_LINE_MM: Final = 5
_LABEL_MM: Final = 52
_FOOT_MM: Final = 14
_SIZE, _SMALL, _TITLE = 9.5, 8, 15


def report_pdf(document: Document) -> bytes:
    return _Paper(document).written()


class _Paper:
    """Writes one report from top to bottom."""

    def __init__(self, document: Document) -> None:
        # Late: a large package that only exports need.
        from fpdf import FPDF

        self.document = document
        make: Any = FPDF
        self.pdf = make(format="A4")
        self.pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.pdf.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.pdf.set_title(f"{document.name} {document.id}")
        self.pdf.set_creator("Ratel")
        for style in ("", "B"):
            self.pdf.add_font(FAMILY, style, str(font_path(style)))
        self.pdf.set_text_shaping(use_shaping_engine=True)
        self.pdf.footer = self._footer
        self.pdf.add_page()

    def _footer(self) -> None:
        self.pdf.set_y(-_FOOT_MM)
        self.pdf.set_font(FAMILY, "", _SMALL)
        self.pdf.cell(0, _LINE_MM, f"{self.document.id}, page {self.pdf.page_no()}", align="R")

    def written(self) -> bytes:
        document, content = self.document, self.document.content
        self._text(document.name, size=_TITLE, bold=True)
        self._text(
            f"{document.id}, {document.status.replace('_', ' ').lower()}. Confidential: that it exists may not be told"
            " to anybody it is about.",
            size=_SMALL,
        )
        self._heading("Dates")
        self._pair("Detected", f"{document.detected_at:%d %b %Y, %H:%M} UTC")
        self._pair("To be filed by", f"{document.due_at:%d %b %Y, %H:%M} UTC")
        self._heading("Reporting institution")
        entity = document.entity
        self._pair("Institution", f"{entity.institution_name} ({entity.institution_code})")
        self._pair("Reporting entity id", f"{entity.entity_id} {entity.branch}")
        self._pair("Reporting person", f"{entity.first_name} {entity.last_name}, {entity.email}")
        self._words("Narrative", content.narrative)
        self._words("Assessment", content.assessment)
        self._words("Action taken", content.action)
        self._heading("Indicators")
        for code in content.indicators:
            self._text(f"{WORDS.get(code, code)} ({code})")
        for party in content.involved:
            self._party(party)
        self._heading("Transactions")
        for payment in content.reported:
            self._payment(payment)
        self._heading("Where the facts come from")
        for fact in content.facts:
            self._text(f"{fact.sentence} [{fact.source}]", size=_SMALL)
        return bytes(self.pdf.output())

    def _party(self, party: Party) -> None:
        self._heading("The customer" if party.is_customer else f"Counterparty: {party.name or party.account}")
        if party.name:
            self._pair("Name on file", party.name)
        for field in fields.fields_of(party):
            value = getattr(party, field.name)
            if value and field.name != "name":
                self._pair(field.label, (field.choices or {}).get(value, value))

    def _payment(self, payment: Payment) -> None:
        local = ""
        if payment.currency != self.document.currency:
            local = f" ({money(payment.local_amount, self.document.currency)})"
        other = self.document.content.party(payment.party)
        parts = [
            f"{payment.occurred_at:%d %b %Y, %H:%M} UTC",
            payment.direction or "direction unknown",
            f"{money(payment.amount, payment.currency)}{local}",
            "cash" if payment.is_cash else payment.channel.replace("_", " "),
            (other.name or other.account) if other else "",
            payment.country,
        ]
        self._text(f"{payment.number}: " + ", ".join(part for part in parts if part))
        if payment.narration:
            self._text(f"Narration: {payment.narration}", size=_SMALL)

    def _words(self, title: str, text: str) -> None:
        if text:
            self._heading(title)
            self._text(text)

    def _heading(self, text: str) -> None:
        self.pdf.ln(3)
        self._text(text, size=11, bold=True)

    def _pair(self, label: str, value: str) -> None:
        self.pdf.set_font(FAMILY, "", _SIZE)
        self.pdf.cell(_LABEL_MM, _LINE_MM, printable(label))
        self.pdf.multi_cell(
            0, _LINE_MM, printable(value.strip()) or "-", align="L", new_x="LMARGIN", new_y="NEXT"
        )

    def _text(self, text: str, *, size: float = _SIZE, bold: bool = False) -> None:
        self.pdf.set_font(FAMILY, "B" if bold else "", size)
        self.pdf.multi_cell(0, size * 0.5, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")
