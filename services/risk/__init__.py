"""Risk: rules and their approval, controls (布控), screening of every lot, the draw of goods.

Owns risk rules, controls and screenings; publishes the seeds of draws, to which whoever draws
commits.
Screening runs in the declaration worker as one cheap step of the lot's own case, and opens the
inspection order that it asks for in its own transaction, by ``inspection_order_open``. Risk
officers and auditors call its API under ``/risk/v1``. Others read ``v_screenings``,
``v_risk_controls`` and ``v_revealed_draws``.
"""
