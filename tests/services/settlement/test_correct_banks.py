"""What correct banks write is taken, each in its own way: CBPR+, clearing houses, older systems.

The samples of other makers are those of ``cbpr-usage-rules``; what other networks put around a
message is rebuilt from its public description.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from cbpr_rules.engine import example_message
from lxml import etree

from services.kernel.clock import business_day
from services.settlement.domain.messages import payment_status, reading
from services.settlement.domain.messages.credit_transfer import instruction_ref_of, uetr_of
from services.settlement.domain.rules.answers import ACTS
from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.reports import ISO, group, header, number, report, send, transaction
from tests.support.bench import Bench


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(bench)


WAYS: Final[dict[str, Callable[[Offered], str]]] = {
    "bare, by UETR": lambda o: report(transaction(o)),
    "header and document in an envelope": lambda o: (
        f"<Envelope>{header(o.bic)}{report(transaction(o))}</Envelope>"
    ),
    "the ISO business message envelope": lambda o: (
        f'<BizMsgEnvlp xmlns="{ISO}nvlp.001.001.01"><Hdr>{header(o.bic + "XXX")}</Hdr>'
        f"<Doc>{report(transaction(o))}</Doc></BizMsgEnvlp>"
    ),
    "a network's data unit": lambda o: (
        '<DataPDU xmlns="urn:swift:saa:xsd:saa.2.0"><Revision>2.0.14</Revision><Body>'
        f"{header(o.bic)}{report(transaction(o))}</Body></DataPDU>"
    ),
    "soap": lambda o: (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/>'
        f"<e:Body>{report(transaction(o))}</e:Body></e:Envelope>"
    ),
    "a head office's BIC of eleven": lambda o: report(transaction(o), sender=o.bic + "XXX"),
    "by its 16 characters": lambda o: report(
        transaction(o, references=f"<OrgnlInstrId>{instruction_ref_of(number(o))}</OrgnlInstrId>")
    ),
    "by end-to-end id, none for the instruction": lambda o: report(
        transaction(
            o,
            references="<OrgnlInstrId>NOTPROVIDED</OrgnlInstrId>"
            f"<OrgnlEndToEndId>{number(o).hex}</OrgnlEndToEndId>",
        )
    ),
    "by transaction id": lambda o: report(
        transaction(o, references=f"<OrgnlTxId>{number(o).hex}</OrgnlTxId>")
    ),
    "in capitals": lambda o: report(
        transaction(o, references=f"<OrgnlTxId>{number(o).hex.upper()}</OrgnlTxId>")
    ),
    "group status alone": lambda o: report(group(o, "ACSC")),
    "group status with a bare transaction": lambda o: report(
        group(o, "ACSC"), transaction(o, references=f"<OrgnlTxId>{number(o).hex}</OrgnlTxId>")
    ),
    "group named, transaction without a status": lambda o: report(
        group(o, "ACSC"), transaction(o, status="")
    ),
    "partly accepted, the transaction says which": lambda o: report(
        group(o, "PART"), transaction(o)
    ),
    "a message of before 2016": lambda o: report(
        group(o, "ACSC"),
        transaction(o, references=f"<OrgnlTxId>{number(o).hex}</OrgnlTxId>"),
        version="03",
    ),
    "UTC as Z": lambda o: report(transaction(o), at="2026-11-18T01:02:03Z"),
    "the end of a day": lambda o: report(transaction(o), at="2026-11-17T24:00:00+08:00"),
    "cash picked up": lambda o: report(transaction(o, "CPUC")),
}


@pytest.mark.parametrize("way", sorted(WAYS))
async def test_a_payment_is_settled_by_a_correct_banks_word_however_it_is_written(
    bench: Bench, offered: Offered, way: str
) -> None:
    answer = await send(offered, WAYS[way](offered))
    assert answer.status_code == 202, answer.text
    (status,) = answer.json()["statuses"]
    assert (status["disposition"], status["instruction_id"]) == ("RECORDED", offered.instruction_id)
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"


@pytest.mark.parametrize("version", payment_status.VERSIONS)
def test_every_version_in_use_is_read_by_what_all_share(version: str) -> None:
    references = "<OrgnlTxId>T1</OrgnlTxId>"
    why = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf>"
    said = f"<TxInfAndSts>{references}<TxSts>RJCT</TxSts>{why}</TxInfAndSts>"
    named = (
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>"
        "<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
    )
    xml = report(named, said, version=version)
    (status,) = payment_status.read(reading.opened(xml.encode())).statuses
    assert (status.code, status.reason, status.remarks) == ("RJCT", "AC04", ("closed",))
    assert dict(status.names) == {"OrgnlMsgId": "M1", "OrgnlTxId": "T1"}


@pytest.mark.parametrize("code", sorted(ACTS))
async def test_every_status_of_iso_20022_has_a_meaning(bench: Bench, code: str) -> None:
    """Settled, refused or under way; of money that is blocked a person is called at once."""
    offered = await one_offered(bench)
    why = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>" if code == "RJCT" else ""
    answer = await send(offered, report(transaction(offered, code, more=why)))
    assert answer.status_code == 202, answer.text
    case = await bench.inside(offered.instruction_id)
    states = {"settle": "SETTLED", "reject": "REJECTED", "progress": "IN_PROGRESS"}
    assert (case["state"], case["bank_status"]) == (states[ACTS[code]], code)
    assert (case["escalated_at"] is not None) is (code == "BLCK")
    assert await bench.drawn(offered.lot_id) == (0 if case["state"] == "REJECTED" else 793400)


def of_cbpr(offered: Offered, year: int, variant: str) -> bytes:
    """A sample of another maker's, with this payment's numbers, its day and this bank's name."""
    root = etree.fromstring(example_message(year, "pacs.002", variant).encode())
    says = {
        "OrgnlMsgId": offered.message_id.removeprefix("msg_"),
        "OrgnlInstrId": instruction_ref_of(number(offered)),
        "OrgnlEndToEndId": number(offered).hex,
        "OrgnlTxId": number(offered).hex,
        "OrgnlUETR": uetr_of(number(offered)),
        "TxSts": "ACSP",
        "Dt": str(business_day(datetime.now(UTC))),
    }
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name in says:
            element.text = says[name]
        elif name == "MsgId" or name == "BizMsgIdr":
            element.text = uuid4().hex
        parent = element.getparent()
        of = parent if name == "BICFI" and parent is not None else None
        above = None if of is None else of.getparent()
        if above is not None and etree.QName(above).localname in ("InstgAgt", "FIId"):
            element.text = offered.bic + "XXX"
    return etree.tostring(root)


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize("variant", ["min", "max"])
async def test_a_sample_of_another_maker_is_taken(
    offered: Offered, year: int, variant: str
) -> None:
    answer = await send(offered, of_cbpr(offered, year, variant).decode())
    assert answer.status_code == 202, answer.text
    assert answer.json()["statuses"][0]["disposition"] == "RECORDED"


async def test_several_payments_in_one_report_each_go_their_way(bench: Bench) -> None:
    paid, refused, going = [await one_offered(bench) for _ in range(3)]
    why = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
    answer = await send(
        paid,
        report(
            transaction(paid),
            transaction(refused, "RJCT", more=why),
            transaction(going, "ACSP"),
        ),
    )
    assert [s["disposition"] for s in answer.json()["statuses"]] == ["RECORDED"] * 3
    found = [(await bench.read(of.instruction_id))["state"] for of in (paid, refused, going)]
    assert found == ["SETTLED", "REJECTED", "IN_PROGRESS"]


REFERENCES: Final = ("OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgnlUETR")


@pytest.mark.parametrize("wrong", REFERENCES)
async def test_all_references_that_are_given_must_name_the_same_payment(
    bench: Bench, offered: Offered, wrong: str
) -> None:
    other = await one_offered(bench)
    says = {
        name: uetr_of(number(of)) if name == "OrgnlUETR" else number(of).hex
        for name in REFERENCES
        for of in (other if name == wrong else offered,)
    }
    references = "".join(f"<{name}>{said}</{name}>" for name, said in says.items())
    answer = await send(offered, report(transaction(offered, references=references)))
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_REFERENCE")
    assert answer.json()["errors"][0]["facts"] == {"differing": wrong}
    for of in (offered, other):
        assert (await bench.read(of.instruction_id))["state"] == "OFFERED"


async def test_a_group_that_says_rejected_of_a_payment_that_is_said_paid_books_nothing(
    bench: Bench, offered: Offered
) -> None:
    why = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
    said = group(offered, "RJCT").replace("</OrgnlGrpInfAndSts>", why + "</OrgnlGrpInfAndSts>")
    named = f"<OrgnlGrpInf><OrgnlMsgId>{offered.message_id[4:]}</OrgnlMsgId>"
    named += "<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"
    answer = await send(offered, report(said, transaction(offered, group=named)))
    assert (answer.status_code, answer.json()["code"]) == (409, "CONTRADICTORY")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"


NAMELESS: Final = (
    "<OrgnlGrpInfAndSts><OrgnlMsgId>NOTPROVIDED</OrgnlMsgId>"
    "<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"
)


async def test_a_group_without_a_name_settles_no_payment_that_others_of_the_report_name(
    bench: Bench, offered: Offered
) -> None:
    other = await one_offered(bench)
    answer = await send(offered, report(NAMELESS, group(offered, "ACSP"), group(other, "ACSP")))
    assert (answer.status_code, answer.json()["code"]) == (422, "MESSAGE_INVALID")
    assert answer.json()["errors"][0]["pointer"] == "/FIToFIPmtStsRpt/OrgnlGrpInfAndSts/0"
    for of in (offered, other):
        assert (await bench.read(of.instruction_id))["state"] == "OFFERED"


async def test_a_group_without_a_name_is_the_heading_of_the_transaction_under_it(
    bench: Bench, offered: Offered
) -> None:
    answer = await send(offered, report(NAMELESS, transaction(offered, "ACSP")))
    (status,) = answer.json()["statuses"]
    assert (status["code"], status["disposition"]) == ("ACSP", "RECORDED")
    contrary = transaction(offered, "CANC")
    assert (await send(offered, report(NAMELESS, contrary))).json()["code"] == "MESSAGE_INVALID"
    assert (await bench.read(offered.instruction_id))["state"] == "IN_PROGRESS"


async def test_of_two_groups_none_settles_what_a_transaction_says_is_under_way_by_its_uetr_alone(
    bench: Bench, offered: Offered
) -> None:
    """The same report again is answered as before."""
    other = await one_offered(bench)
    said = report(group(offered, "ACSC"), group(other, "ACSC"), transaction(offered, "PDNG"))
    for dispositions in (["RECORDED", "RECORDED"], ["REPEATED", "REPEATED"]):
        answer = await send(offered, said)
        found = {s["instruction_id"]: s["code"] for s in answer.json()["statuses"]}
        assert found == {offered.instruction_id: "PDNG", other.instruction_id: "ACSC"}
        assert [s["disposition"] for s in answer.json()["statuses"]] == dispositions
    assert (await bench.read(offered.instruction_id))["state"] == "IN_PROGRESS"
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert (await bench.read(other.instruction_id))["state"] == "SETTLED"


async def test_a_payment_of_next_year_is_not_paid_today_and_its_value_date_is_kept(
    bench: Bench, offered: Offered
) -> None:
    today = business_day(datetime.now(UTC))

    def dated(on: date) -> str:
        day = f"<FctvIntrBkSttlmDt><Dt>{on}</Dt></FctvIntrBkSttlmDt>"
        return report(transaction(offered, more=day))

    early = await send(offered, dated(today + timedelta(days=365)))
    assert (early.status_code, early.json()["statuses"][0]["disposition"]) == (200, "NOT_YET")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    yesterday = today - timedelta(days=1)
    assert (await send(offered, dated(yesterday))).status_code == 202
    case = await bench.read(offered.instruction_id)
    assert (case["state"], case["value_on"]) == ("SETTLED", str(yesterday))
    assert case["reports"][0]["value_on"] == str(yesterday)


@pytest.mark.parametrize("code", ["ACSC", "ACSP"])
async def test_a_value_date_of_days_before_the_payment_is_no_value_date(
    bench: Bench, offered: Offered, code: str
) -> None:
    asked = (await bench.read(offered.instruction_id))["requested_at"]
    before = business_day(datetime.fromisoformat(asked)) - timedelta(days=2)
    long_ago = f"<FctvIntrBkSttlmDt><Dt>{before}</Dt></FctvIntrBkSttlmDt>"
    stated = "<OrgnlTxRef><IntrBkSttlmDt>2014-04-01</IntrBkSttlmDt></OrgnlTxRef>"
    for dated in (long_ago, stated):
        answer = await send(offered, report(transaction(offered, code, more=dated)))
        assert (answer.status_code, answer.json()["code"]) == (409, "VALUED_BEFORE")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert (await send(offered, report(transaction(offered)))).status_code == 202
    case = await bench.read(offered.instruction_id)
    assert (case["state"], case["value_on"]) == ("SETTLED", None)


async def test_a_second_booking_of_one_payment_is_disputed_and_booked_once(
    bench: Bench, offered: Offered
) -> None:
    def booked(reference: str) -> str:
        return report(transaction(offered, more=f"<AcctSvcrRef>{reference}</AcctSvcrRef>"))

    assert (await send(offered, booked("B-1"))).status_code == 202
    again = await send(offered, booked("B-1"))
    assert again.json()["statuses"][0]["disposition"] == "REPEATED"
    twice = await send(offered, booked("B-2"))
    assert (twice.status_code, twice.json()["code"]) == (409, "PAID_AGAIN")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]
    case = await bench.inside(offered.instruction_id)
    assert (case["bank_reference"], case["escalated_at"] is not None) == ("B-1", True)


async def test_a_second_booking_is_disputed_whichever_word_of_its_payment_bears_it(
    bench: Bench, offered: Offered
) -> None:
    """The reference of work in progress is of no booking."""

    def booked(code: str, reference: str) -> str:
        return report(transaction(offered, code, more=f"<AcctSvcrRef>{reference}</AcctSvcrRef>"))

    said = (("ACSP", "P-1"), ("ACSC", "B-1"), ("ACSC", "B-1"), ("ACCC", "B-1"), ("ACCC", "B-2"))
    answers = [await send(offered, booked(*word)) for word in said]
    found = [a.json()["statuses"][0]["disposition"] for a in answers]
    assert found == ["RECORDED", "RECORDED", "REPEATED", "LATE", "PAID_AGAIN"]
    assert [a.status_code for a in answers] == [202, 202, 200, 200, 409]
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_the_day_of_our_own_message_is_no_value_date_and_the_one_given_before_stands(
    bench: Bench, offered: Offered
) -> None:
    message = await bench.sql.fetchrow(
        "SELECT settle_on FROM bank_messages WHERE instruction_id = $1", number(offered)
    )
    assert message is not None
    yesterday = business_day(datetime.now(UTC)) - timedelta(days=1)
    given = f"<FctvIntrBkSttlmDt><Dt>{yesterday}</Dt></FctvIntrBkSttlmDt>"
    own = f"<OrgnlTxRef><IntrBkSttlmDt>{message['settle_on']}</IntrBkSttlmDt></OrgnlTxRef>"
    assert (await send(offered, report(transaction(offered, "ACSP", more=own)))).status_code == 202
    assert (await bench.read(offered.instruction_id))["value_on"] is None
    going = transaction(offered, "ACPD", more=given)
    answer = await send(offered, report(going, transaction(offered, more=own)))
    assert [s["disposition"] for s in answer.json()["statuses"]] == ["RECORDED"] * 2
    case = await bench.read(offered.instruction_id)
    assert (case["state"], case["value_on"]) == ("SETTLED", str(yesterday))
    assert case["reports"][0]["value_on"] == str(yesterday)


@pytest.mark.parametrize(
    ("xml", "names"),
    [
        (lambda o: report(transaction(o, references="")), "OrgnlUETR"),
        (lambda o: report(transaction(o, "PAID")), "TxSts"),
        (lambda o: report(transaction(o, more="<Odd>1</Odd>")), "Odd"),
        (lambda o: report(transaction(o), at="2026-11-18T01:02:03"), "CreDtTm"),
        (lambda o: report(transaction(o), at="12026-11-18T01:02:03+08:00"), "CreDtTm"),
        (lambda o: report(transaction(o), version="02"), "pacs.002.001.15"),
        (lambda o: report(group(o, None)), "GrpSts"),
        (lambda o: report(transaction(o), sender="ABOCCNBJ"), "sender"),
        (lambda o: f"<E>{header('ABOCCNBJXXX')}{report(transaction(o))}</E>", "sender"),
        (lambda o: f"<E>{header(o.bic, 'pacs.008.001.08')}{report(transaction(o))}</E>", "header"),
        (lambda o: f"<E>{report(transaction(o))}{report(transaction(o))}</E>", "documents"),
    ],
)
async def test_an_answer_says_what_could_not_be_read(
    bench: Bench, offered: Offered, xml: Callable[[Offered], str], names: str
) -> None:
    answer = await send(offered, xml(offered))
    assert (answer.status_code, answer.json()["code"]) == (422, "MESSAGE_INVALID")
    said: dict[str, Any] = answer.json()["errors"][0]
    assert names in f"{said['pointer']} {said['detail']}"
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"


async def test_a_bank_whose_profile_forbids_z_is_held_to_it(bench: Bench, offered: Offered) -> None:
    change = "UPDATE banks SET time_offsets = $2 WHERE bic = $1"
    await bench.sql.execute(change, offered.bic, "NUMERIC")
    answer = await send(offered, report(transaction(offered), at="2026-11-18T01:02:03Z"))
    assert (answer.status_code, answer.json()["code"]) == (422, "MESSAGE_INVALID")
    await bench.sql.execute(change, offered.bic, "ANY")
    answer = await send(offered, report(transaction(offered), at="2026-11-18T01:02:03Z"))
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["APPLICATION/XML", "text/xml; charset=UTF-8", "Text/Xml"])
async def test_a_media_type_has_no_case(offered: Offered, kind: str) -> None:
    assert (await send(offered, report(transaction(offered, "ACSP")), kind)).status_code == 202
