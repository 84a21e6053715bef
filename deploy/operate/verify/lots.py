"""What is compared of lots and their goods: as declared, screened, inspected, at the gate, sold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from deploy.operate.verify.kept import (
    UNSAID,
    WHEN,
    Column,
    Kept,
    Said,
    amount,
    at_first,
    becomes,
    currency,
    decimal,
    instant,
    keyed,
    own_id,
    plain,
    sealed,
    was,
    when,
    who,
)
from services.kernel.canonical import number_key, plate_key

_ENDS: Final = ("ShareRefused", "SharesLapsed", "LotCancelled", "LotNotReleased", "LotClosed")
_LOTS: Final = Kept(
    "lots",
    "v_lots",
    "lot_id",
    "lot",
    {
        "LotSubmitted": (
            *map(plain, ("reference", "port", "business_on", "hs_code", "origin")),
            *map(plain, ("ticket_count", "manifest_no")),
            *map(decimal, ("net_kg", "gross_kg")),
            amount("value"),
            *map(plain, ("perishable", "replay")),
            instant("shares_due_at"),
            when("submitted_at"),
            *(becomes(f"{name}_at", None, by=WHEN) for name in ("amended", "released", "ended")),
        ),
        "LotAmended": (
            *map(decimal, ("net_kg", "gross_kg")),
            *map(plain, ("pieces", "foreign_plate", "manifest_no")),
            amount("value"),
            instant("shares_due_at"),
            when("amended_at"),
        ),
        "LotSentToInspection": (plain("order_id"), plain("lane")),
        # Goods that were called back are released from the first time on.
        "LotReleased": (plain("lane"), when("released_at", at_first)),
        **{event: (when("ended_at"),) for event in _ENDS},
        "IdentityConfirmed": (instant("clock_started_at"), instant("release_due_at")),
    },
)
_LOADS: Final = Kept(
    "lots",
    "v_lot_loads",
    "lot_id",
    "lot",
    {
        type_: (
            sealed("loads", "loaded_plates", "loaded_entries"),
            sealed("figures", "loaded_named"),
        )
        for type_ in ("LotSubmitted", "LotAmended")
    },
)
_AMENDMENTS: Final = Kept(
    "lot_amendments",
    "v_lots_as_declared",
    "lot_id",
    "lot",
    {
        "LotAmended": (
            was("plate_key", "vehicle_plate", plate_key),
            was("foreign_plate_key", "foreign_plate", plate_key),
            was("manifest_key", "manifest_no", number_key),
            was("seller_code"),
            was("seller_bank_bic"),
        )
    },
    among="former_version",
)
_CALL_INS: Final = Kept(
    "call_ins",
    "v_call_ins",
    "lot_id",
    "lot",
    {"LotCalledIn": (plain("lane"), own_id("order_id"), when("called_at"))},
    among="call_in_id",
    named="cal",
)
_NAME_REPORTS: Final = Kept(
    "name_reports",
    "v_name_reports",
    "report_id",
    "nmr",
    {
        "NameReported": (
            *map(own_id, ("lot_id", "resident_id")),
            instant("due_at"),
            when("reported_at"),
            becomes("state", "REPORTED", by="lot_id"),
            becomes("decided_at", None, by=WHEN),
        ),
        "NameReportFound": (plain("found"), becomes("state", "FOUND", by="found")),
        "NameReportUpheld": (
            plain("quota_back"),
            becomes("state", "UPHELD", by="lot_id"),
            when("decided_at"),
        ),
        "NameReportDismissed": (becomes("state", "DISMISSED", by="lot_id"), when("decided_at")),
    },
)
_SCREENINGS: Final = Kept(
    "screenings",
    "v_screenings",
    "lot_id",
    "lot",
    {
        "LotScreened": (
            *map(plain, ("lane", "reasons", "credit_level")),
            *map(plain, ("rule_book_version", "policy_version")),
            *map(decimal, ("draw_value", "rate")),
            own_id("order_id"),
        )
    },
)


def _while_drawn(before: Any, drawn: Sequence[str], _: Said) -> Any:
    """Whose word to let a lot go is heard: his who gave it, while he is drawn."""
    return before if before is UNSAID or before in drawn else None


def _if_given(before: Any, *_: Any) -> Any:
    """Of whoever gave his word it is not said whether he is drawn still."""
    return None if before is None else UNSAID


_INSPECTIONS: Final = Kept(
    "inspection_orders",
    "v_inspection_orders",
    "order_id",
    "ins",
    {
        "InspectionOrdered": (
            own_id("lot_id"),
            *map(plain, ("port", "lane", "perishable")),
            plain("method_ordered", "method"),
            when("opened_at"),
            becomes("concluded_at", None, by=WHEN),
            becomes("reported_by", None, by=WHEN, below="author"),
            becomes("let_go_by", None, by=WHEN),
        ),
        "WithdrawalLetGo": (plain("let_go_by", "officer"),),
        "InspectionStaffed": (
            plain("officers"),
            plain("bay"),
            Column("let_go_by", "officers", lambda drawn, _: drawn, after=_while_drawn),
        ),
        "InspectionUnstaffed": (
            # Who stays, and in which bay, it does not say; the next draw does.
            Column("officers", "reason", lambda *_: UNSAID),
            Column("bay", "reason", lambda *_: UNSAID),
            Column("let_go_by", "reason", lambda *_: UNSAID, after=_if_given),
        ),
        "FindingsRecorded": (plain("reported_by", "author", below="author"),),
        "FindingsSentBack": (becomes("reported_by", None, by="signer", below="author"),),
        "InspectionConcluded": (
            *map(plain, ("results", "disposal", "lot_move")),
            when("concluded_at"),
        ),
        "InspectionWithdrawn": (when("concluded_at"),),
    },
)
_FINDINGS: Final = Kept(
    "findings",
    "v_findings",
    "order_id",
    "ins",
    {
        "FindingsRecorded": (
            *map(plain, ("author", "method", "results", "disposal")),
            decimal("found_kg"),
            when("recorded_at"),
            becomes("signer", None, by=WHEN),
            becomes("agreed", False, by=WHEN),
        ),
        "FindingsSentBack": (plain("signer"), becomes("agreed", False, by=WHEN)),
        "InspectionConcluded": (plain("signer"), becomes("agreed", True, by=WHEN)),
    },
    among="round",
)
_MANIFESTS: Final = Kept(
    "manifests",
    "v_manifests",
    "manifest_id",
    "man",
    {
        "ManifestLodged": (
            *map(plain, ("manifest_no", "port", "vehicle_plate", "carrier")),
            keyed("manifest_key", "manifest_no", number_key),
            keyed("plate_key", "vehicle_plate", plate_key),
            decimal("total_kg"),
            who("lodged_by"),
            when("lodged_at"),
        )
    },
)
_ENTRIES: Final = Kept(
    "gate_entries",
    "v_gate_entries",
    "entry_id",
    "ent",
    {
        "EntryRecorded": (
            *map(plain, ("port", "vehicle_plate")),
            keyed("plate_key", "vehicle_plate", plate_key),
            own_id("resident_id"),
            instant("entered_at"),
        )
    },
)
_PASSES: Final = Kept(
    "gate_passes",
    "v_gate_passes",
    "lot_id",
    "lot",
    {"GatePassed": (plain("vehicle_plate"), decimal("gross_kg"), when("passed_at"))},
)
_ORDERS: Final = Kept(
    "factory_orders",
    "v_factory_orders",
    "order_id",
    "ord",
    {
        "OrderCreated": (
            *map(plain, ("enterprise_code", "hs_code")),
            *map(decimal, ("wanted_kg", "unit_price")),
        )
    },
)
_OFFERS: Final = Kept(
    "sale_offers",
    "v_sale_offers",
    "lot_id",
    "lot",
    {"LotOffered": (decimal("unit_price"), who("offered_by"))},
    among="order_id",
    named="ord",
    gone=("LotOfferWithdrawn", "LotOfferLapsed"),
)
_MOVEMENTS: Final = Kept(
    "movements",
    "v_movements",
    "lot_id",
    "lot",
    {
        "GoodsDispatched": (
            *map(plain, ("seal_no", "vehicle_plate")),
            becomes("lost_at", False, by="purchase_id"),
        ),
        "GoodsLost": (becomes("lost_at", True, by="purchase_id"),),
        "GoodsFound": (becomes("lost_at", False, by="purchase_id"),),
    },
)
_PURCHASES: Final = Kept(
    "purchases",
    "v_purchases",
    "lot_id",
    "lot",
    {
        "LotBought": (
            own_id("order_id"),
            *map(plain, ("enterprise_code", "due_on", "hs_prefix")),
            decimal("net_kg"),
            amount("price"),
            currency("currency", "price"),
            becomes("voided_at", False, by="purchase_id"),
        ),
        "PurchaseVoided": (becomes("voided_at", True, by="purchase_id"),),
        "LotSold": (),
    },
    among="purchase_id",
    named="pur",
)
LOTS: Final = (
    *(
        _LOTS,
        _LOADS,
        _AMENDMENTS,
        _SCREENINGS,
        _CALL_INS,
        _NAME_REPORTS,
        _INSPECTIONS,
        _FINDINGS,
        _MANIFESTS,
    ),
    *(_ENTRIES, _PASSES, _ORDERS, _OFFERS, _PURCHASES, _MOVEMENTS),
)
