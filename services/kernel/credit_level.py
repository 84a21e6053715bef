"""Credit levels, by which customs knows a party."""

from __future__ import annotations

from enum import StrEnum


class CreditLevel(StrEnum):
    """Customs credit levels (信用等级). Order 251 knows three, Order 282 five."""

    ADVANCED = "ADVANCED"
    """高级认证企业"""
    CERTIFIED = "CERTIFIED"
    """认证企业, only from 2026-04-01 (Order 282)."""
    ORDINARY = "ORDINARY"
    """常规 (251: neither certified nor dishonest)."""
    DISHONEST = "DISHONEST"
    """失信企业"""
    SERIOUSLY_DISHONEST = "SERIOUSLY_DISHONEST"
    """严重失信企业, only from 2026-04-01 (Order 282)."""
