"""Inspection: risk screening, verifiable draws, inspection orders, accreditation and credit levels.

Owns risk rules, controls, draw seeds, screenings, inspection orders and findings, accreditations,
certificates and credit decisions. Screening runs in the declaration worker as one cheap step;
orders and accreditations are cases of their own on the queue ``inspection``. Officers, port
authorities, enterprises and auditors call its API under ``/inspection/v1``. Others read
``v_credit_levels`` and ``v_inspection_orders``.
"""
