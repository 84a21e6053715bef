"""Declaration (互市申报): lots, tickets, quota, manifests, the release clock.

Owns the tables ``lots``, ``tickets``, ``quota_days``, ``port_tickets``, ``name_freezes`` and
``manifests``; publishes ``v_lots``, ``v_tickets`` and ``v_manifests``. Used by residents and clerks
who declare, carriers who lodge manifests, and by the workflow ``ResidentDeclaration``.
"""
