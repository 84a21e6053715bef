"""What is declared at the gate; unknown fields are refused."""

from __future__ import annotations

from services.kernel.fields import CarrierCode, Instant, Kilograms, Plate, PortCode, Request


class Vehicle(Request):
    """A vehicle's entry declaration; its validity follows the policy of that day (W29)."""

    domestic_plate: Plate
    foreign_plate: Plate
    port: PortCode
    declared_at: Instant
    rated_load_kg: Kilograms
    tare_kg: Kilograms
    carrier: CarrierCode | None = None
    """Whose truck it is; a carrier files the own ones, the registrar says whose."""
