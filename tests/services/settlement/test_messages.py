"""Bank messages: built, read, checked twice, and every known attack on a parser refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.kernel.bank_text import plain
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.settlement.domain.messages import credit_transfer, payment_status, reading
from services.settlement.domain.messages.credit_transfer import CreditTransfer, Party
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.messages.payment_status import Status
from tests.support.beside import SCHEMAS

AT = datetime(2026, 11, 18, 1, 2, 3, tzinfo=UTC)
CASE = UUID("0199d3e0-0000-7000-8000-000000000001")

TRANSFER = CreditTransfer(
    message_ref="0" * 31 + "2",
    payment_ref=CASE.hex,
    instruction_ref=credit_transfer.instruction_ref_of(CASE),
    uetr=credit_transfer.uetr_of(CASE),
    created_at=AT,
    settle_on=date(2026, 11, 18),
    paid=Money(28_188_788, "VND"),
    debtor=Party("DX-G001", "CN", "DX-G001", "ABOCCNBJ"),
    creditor=Party("Công ty Hải Phòng 36", "VN", "0011002233445", "BFTVVNVX"),
    purpose_code="GOD",
    remittance="lot 0199",
    instructed=Money.parse("7934.00", "CNY"),
    rate="3552.91",
)
SETTLED = Status("0" * 31 + "2", CASE.hex, "ACSC", Money.parse("7934.00", "CNY"), None, "BANKREF1")


def report(*statuses: Status) -> bytes:
    return payment_status.built(
        message_ref="STS-1", created_at=AT, from_bic="ABOCCNBJ", statuses=statuses or (SETTLED,)
    )


# Empty where an operator has no official schemas; then the facet check stands alone.
OFFICIAL = OfficialSchemas({f.stem: f.read_bytes() for f in SCHEMAS.glob("pacs.00[28]*.xsd")})


def accepted_by_facets(xml: bytes) -> bool:
    try:
        root = reading.opened(xml)
        if b"xsd:pacs.008.001.08" in xml:
            credit_transfer.checked(root)
        else:
            payment_status.checked(root)
    except Refused:
        return False
    return True


def accepted_by_schema(xml: bytes) -> bool:
    try:
        OFFICIAL.check(reading.opened(xml))
    except Refused:
        return False
    return True


def test_a_credit_transfer_says_who_pays_whom_what_and_why() -> None:
    document = credit_transfer.checked(reading.opened(credit_transfer.built(TRANSFER)))
    transaction = document.fito_ficstmr_cdt_trf.cdt_trf_tx_inf[0]
    assert str(transaction.intr_bk_sttlm_amt.value) == "28188788"
    assert transaction.intr_bk_sttlm_amt.ccy == "VND"
    assert transaction.cdtr.nm == "Cong ty Hai Phong 36"
    assert transaction.purp.prtry == "GOD"
    assert transaction.pmt_id.uetr == credit_transfer.uetr_of(CASE)


def test_times_carry_a_numeric_offset_and_never_z() -> None:
    assert b"<CreDtTm>2026-11-18T09:02:03+08:00</CreDtTm>" in credit_transfer.built(TRANSFER)


def test_a_status_report_is_read_as_it_was_written() -> None:
    read = payment_status.read(reading.opened(report()))
    assert (read.message_ref, read.senders, read.created_at) == (
        "STS-1",
        frozenset({"ABOCCNBJ"}),
        AT,
    )
    assert read.statuses == (SETTLED,)


def test_a_rejection_names_its_reason() -> None:
    rejected = Status("M1", CASE.hex, "RJCT", reason="AC04")
    assert payment_status.read(reading.opened(report(rejected))).statuses == (rejected,)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "<StsRsnInf><AddtlInf>closed</AddtlInf></StsRsnInf>",
        "<StsRsnInf><Rsn><Prtry> </Prtry></Rsn></StsRsnInf>",
    ],
)
def test_a_rejection_without_a_reason_is_refused_and_says_where_it_lacks(said: str) -> None:
    silent = [Status("M1", CASE.hex, "RJCT"), SETTLED, Status("M2", CASE.hex, "RJCT")]
    xml = report(*silent)
    if said:
        xml = xml.replace(b"<TxSts>RJCT</TxSts>", f"<TxSts>RJCT</TxSts>{said}".encode())
    with pytest.raises(Refused) as refused:
        payment_status.read(reading.opened(xml))
    assert [(r.code, r.pointer) for r in refused.value.refusals] == [
        ("REASON_REQUIRED", "/FIToFIPmtStsRpt/TxInfAndSts/0/StsRsnInf/Rsn"),
        ("REASON_REQUIRED", "/FIToFIPmtStsRpt/TxInfAndSts/2/StsRsnInf/Rsn"),
    ]


def test_a_rejection_may_name_a_reason_of_the_banks_own() -> None:
    own = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Prtry>ACCOUNT-CLOSED</Prtry></Rsn></StsRsnInf>"
    xml = changed(report(Status("M1", CASE.hex, "RJCT")), "<TxSts>RJCT</TxSts>", own)
    assert payment_status.read(reading.opened(xml)).statuses[0].reason == "ACCOUNT-CLOSED"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-18T01:02:03+00:00", AT),
        ("2026-11-18T01:02:03.000+00:00", AT),
        ("2026-11-18T01:02:03-00:00", AT),
        ("2026-11-18T09:02:03+08:00", AT),
        ("2026-11-17T20:02:03-05:00", AT),
    ],
)
def test_any_numeric_offset_is_taken_as_the_bank_wrote_it(written: str, at: datetime) -> None:
    xml = changed(report(), "2026-11-18T09:02:03+08:00", written)
    assert payment_status.read(reading.opened(xml)).created_at == at


def test_z_is_utc_and_whether_a_bank_may_write_it_is_said_by_its_profile() -> None:
    xml = changed(report(), "2026-11-18T09:02:03+08:00", "2026-11-18T01:02:03Z")
    read = payment_status.read(reading.opened(xml))
    assert (read.created_at, read.in_zulu) == (AT, True)
    assert not payment_status.read(reading.opened(report())).in_zulu


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-17T24:00:00+08:00", datetime(2026, 11, 17, 16, tzinfo=UTC)),
        ("2026-12-31T24:00:00.000Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-11-18T01:02:03.123456789+14:00", datetime(2026, 11, 17, 11, 2, 3, 123456, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_every_way_to_write_an_instant_is_read(written: str, at: datetime) -> None:
    xml = changed(report(), "2026-11-18T09:02:03+08:00", written)
    assert payment_status.read(reading.opened(xml)).created_at == at


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18T01:02:03",
        "12026-11-18T01:02:03+08:00",
        "-2026-11-18T01:02:03+08:00",
        "0000-11-18T01:02:03+08:00",
        "2026-11-18T01:02:03+99:00",
        "2026-11-18T01:02:03+14:01",
        "2026-02-29T01:02:03+08:00",
        "2026-11-18T24:00:01+08:00",
        "9999-12-31T24:00:00-14:00",
        "0001-01-01T00:00:00+08:00",
        "2026-11-18T25:00:00+08:00",
        "2026-11-18",
    ],
)
def test_what_is_no_instant_is_refused_where_it_stands(written: str) -> None:
    xml = changed(report(), "2026-11-18T09:02:03+08:00", written)
    with pytest.raises(Refused) as refused:
        payment_status.read(reading.opened(xml))
    assert refused.value.codes == ("MESSAGE_INVALID",)
    found = refused.value.refusals[0]
    assert "CreDtTm" in f"{found.pointer} {found.facts['reason']}"


def changed(xml: bytes, old: str, new: str) -> bytes:
    text = xml.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ACSC", "PAID"),
        ("09:02:03+08:00", "09:02:03"),
        ("<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>pacs.009.001.08"),
        ('Ccy="CNY">7934.00', 'Ccy="CNY">7934.001'),
        ("pacs.002.001.10", "pacs.002.001.02"),
        ("pacs.002.001.10", "pacs.004.001.10"),
    ],
)
def test_a_status_outside_the_profile_is_refused(old: str, new: str) -> None:
    with pytest.raises(Refused) as refused:
        payment_status.read(reading.opened(changed(report(), old, new)))
    assert set(refused.value.codes) <= {"MESSAGE_INVALID", "AMOUNT_INVALID"}


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;">]><Document>&c;</Document>'
)


@pytest.mark.parametrize(
    "xml",
    [
        BOMB.encode(),
        b'<!doctype x SYSTEM "http://127.0.0.1/x.dtd"><Document/>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><Document>&f;</Document>',
        BOMB.encode("utf-16"),
        "<Document>é</Document>".encode("latin-1"),
        b"<Document>\x00</Document>",
    ],
)
def test_document_types_entities_and_other_encodings_are_refused(xml: bytes) -> None:
    with pytest.raises(Refused) as refused:
        reading.opened(xml)
    assert refused.value.codes == ("MESSAGE_UNSAFE",)


def test_a_message_beyond_its_size_is_refused_unread() -> None:
    with pytest.raises(Refused) as refused:
        reading.opened(b"<" * (reading.SIZE_MAX + 1))
    assert refused.value.codes == ("MESSAGE_TOO_LARGE",)


@pytest.mark.parametrize("xml", [b"", b"<Document>", b"<a>&unknown;</a>", b"no xml"])
def test_what_is_not_well_formed_is_refused(xml: bytes) -> None:
    with pytest.raises(Refused) as refused:
        reading.opened(xml)
    assert refused.value.codes == ("MESSAGE_INVALID",)


NS = "urn:iso:std:iso:20022:tech:xsd:"
MUTATIONS = [
    ("missing element", "<MsgId>STS-1</MsgId>", ""),
    ("text too long", "STS-1", "X" * 36),
    ("text empty", "STS-1", ""),
    ("pattern", "ABOCCNBJ", "abocc"),
    ("unknown element", "<TxSts>", "<Unknown>1</Unknown><TxSts>"),
    ("element twice", "<TxSts>ACSC</TxSts>", "<TxSts>ACSC</TxSts><TxSts>ACSC</TxSts>"),
    ("status too long", "<TxSts>ACSC", "<TxSts>ACSCX"),
    ("order", "<TxSts>ACSC</TxSts>", ""),
    ("currency", 'Ccy="CNY"', 'Ccy="Cny"'),
    ("attribute missing", ' Ccy="CNY"', ""),
    ("attribute unknown", ' Ccy="CNY"', ' Ccy="CNY" Other="1"'),
    ("attribute on element", "<TxSts>", '<TxSts Ccy="CNY">'),
    ("negative amount", ">7934.00<", ">-1.00<"),
    ("six decimals", ">7934.00<", ">7934.123456<"),
    ("nineteen digits", ">7934.00<", ">1234567890123456789<"),
    ("not a number", ">7934.00<", ">many<"),
    ("not finite", ">7934.00<", ">NaN<"),
    ("infinite", ">7934.00<", ">INF<"),
    ("plus sign", ">7934.00<", ">+7934.00<"),
    ("blanks around a number", ">7934.00<", "> 7934.00 <"),
    ("parts of a second", "09:02:03+08:00", "09:02:03.5+08:00"),
    ("exponent", ">7934.00<", ">7.934E3<"),
    ("not a time", "2026-11-18T09:02:03+08:00", "2026-13-18T09:02:03+08:00"),
    ("date for time", "2026-11-18T09:02:03+08:00", "2026-11-18"),
    ("text between", "<TxInfAndSts>", "<TxInfAndSts>stray"),
    ("other namespace", NS + "pacs.002.001.10", NS + "pacs.002.001.02"),
    ("empty group", "<GrpHdr>", "<GrpHdr/><GrpHdr>"),
    ("trailing zeros", ">7934.00<", ">7934.0000000<"),
    ("time with z", "09:02:03+08:00", "09:02:03Z"),
    ("time without offset", "09:02:03+08:00", "09:02:03"),
    ("blank kept", "STS-1", " STS-1 "),
    ("empty choice", "<TxSts>ACSC</TxSts>", "<TxSts>ACSC</TxSts><StsRsnInf><Rsn/></StsRsnInf>"),
    (
        "choice twice",
        "<TxSts>ACSC</TxSts>",
        "<TxSts>ACSC</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd><Prtry>x</Prtry></Rsn></StsRsnInf>",
    ),
    (
        "choice once",
        "<TxSts>ACSC</TxSts>",
        "<TxSts>ACSC</TxSts><StsRsnInf><Rsn><Prtry>x</Prtry></Rsn></StsRsnInf>",
    ),
]


def mutated(name: str, old: str, new: str) -> bytes:
    xml = changed(report(), old, new)
    if name == "order":
        return changed(xml, "<OrgnlGrpInf>", "<TxSts>ACSC</TxSts><OrgnlGrpInf>")
    return xml


#: What the schema allows; the profile of this window is stricter than both checks.
ALLOWED = {
    "trailing zeros",
    "plus sign",
    "blanks around a number",
    "parts of a second",
    "time with z",
    "time without offset",
    "choice once",
    "blank kept",
}


@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_the_facet_check_finds_what_breaks_the_schema(name: str, old: str, new: str) -> None:
    assert accepted_by_facets(mutated(name, old, new)) is (name in ALLOWED)


@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_both_checks_agree_on_mutated_statuses(name: str, old: str, new: str) -> None:
    if "pacs.002.001.10" in OFFICIAL and name != "other namespace":
        xml = mutated(name, old, new)
        assert accepted_by_schema(xml) is accepted_by_facets(xml)


def address(lines: int) -> str:
    """An address of so many lines, put behind the creditor's name."""
    return f"</Nm><PstlAdr>{'<AdrLine>x</AdrLine>' * lines}</PstlAdr><CtryOfRes>VN"


TRANSFER_MUTATIONS = [
    ("good", "GOD", "GOD"),
    ("charge bearer", "SHAR", "NONE"),
    ("method", "INDA", "CASH"),
    ("count", "<NbOfTxs>1<", "<NbOfTxs>one<"),
    ("uetr", "-4", "-5"),
    ("country", "<CtryOfRes>VN<", "<CtryOfRes>V1<"),
    ("account too long", "0011002233445", "1" * 35),
    ("rate digits", "3552.91", "3552.91234567899"),
    ("settlement day", "2026-11-18</IntrBkSttlmDt>", "2026-11-31</IntrBkSttlmDt>"),
    ("bic", "BFTVVNVX", "BFTV"),
    ("no transaction", "CdtTrfTxInf", "CdtTrfTxInfo"),
    ("seven lines of address", "</Nm><CtryOfRes>VN", address(7)),
    ("eight lines of address", "</Nm><CtryOfRes>VN", address(8)),
]


@pytest.mark.parametrize(("name", "old", "new"), TRANSFER_MUTATIONS)
def test_both_checks_agree_on_transfers(name: str, old: str, new: str) -> None:
    xml = credit_transfer.built(TRANSFER).decode().replace(old, new).encode()
    good = name in ("good", "seven lines of address")
    assert accepted_by_facets(xml) is good
    if "pacs.008.001.08" in OFFICIAL:
        assert accepted_by_schema(xml) is good


def test_a_report_has_at_most_a_hundred_statuses() -> None:
    many = (SETTLED,) * payment_status.STATUSES_MAX
    assert len(payment_status.read(reading.opened(report(*many))).statuses) == 100
    with pytest.raises(Refused) as refused:
        payment_status.read(reading.opened(report(*many, SETTLED)))
    assert refused.value.codes == ("MESSAGE_INVALID",)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Công ty Hải Phòng", "Cong ty Hai Phong"),
        ("Đặng & Sons", "Dang . Sons"),
        ("样本", ".."),
        ("", "."),
    ],
)
def test_names_are_sent_in_the_characters_that_banks_pass_on(name: str, sent: str) -> None:
    assert plain(name, 140) == sent


@pytest.mark.parametrize("account", ["0011_22", "1" * 35, "", "账号"])
def test_an_account_number_is_never_simplified(account: str) -> None:
    creditor = replace(TRANSFER.creditor, account=account)
    with pytest.raises(Refused) as refused:
        credit_transfer.built(replace(TRANSFER, creditor=creditor))
    assert refused.value.codes == ("MESSAGE_INVALID",)


def test_without_schemas_at_hand_the_official_check_is_silent() -> None:
    none = OfficialSchemas({})
    none.check(reading.opened(report()))
    assert none.names == ()
    assert "pacs.002.001.10" not in none


def test_a_message_that_breaks_its_own_facets_is_never_sent() -> None:
    with pytest.raises(Refused) as refused:
        report(Status("M" * 36, CASE.hex, "RJCT"))
    assert refused.value.codes == ("MESSAGE_INVALID",)
