"""Accreditation: AEO (企业认证), certificates, and the credit levels (信用等级) of every party.

Owns accreditations with their reports and decisions, and credit decisions. An accreditation is a
case of its own on the queue ``accreditation``. Enterprises, officers and auditors call its API
under ``/accreditation/v1``. Others read ``v_accreditations`` and ``v_credit_levels``; screening
follows the level in force.
"""
