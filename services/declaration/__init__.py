"""Declaration (互市申报): lots, tickets, quota, manifests, the release clock.

Owns the tables ``lots``, ``tickets``, ``quota_days``, ``manifests`` and ``gate_passes``; publishes
``v_lots`` and ``v_tickets``. Used by residents and clerks who declare, carriers who lodge
manifests, gates that let goods out, and by the workflow ``ResidentDeclaration``.
"""
