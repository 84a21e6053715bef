"""Declaration (互市申报): lots, tickets, quota, manifests, the release clock.

Owns the tables ``lots``, ``tickets``, ``quota_days``, ``port_tickets``, ``name_freezes``,
``name_reports`` and ``manifests``; publishes ``v_lots``, ``v_tickets`` and ``v_manifests``. Used by
residents and clerks who declare, carriers who lodge manifests, registrars who find out whose name
it was, and by the workflow ``ResidentDeclaration``.
"""
