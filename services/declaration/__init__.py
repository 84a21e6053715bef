"""Declaration (互市申报): lots, tickets, quota, manifests, the release clock.

Owns the tables ``lots``, ``tickets``, ``quota_days``, ``port_tickets`` and ``manifests``; publishes
``v_lots`` and ``v_tickets``. Used by residents and clerks who declare, carriers who lodge
manifests, and by the workflow ``ResidentDeclaration``.
"""
