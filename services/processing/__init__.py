"""Landing processing (落地加工): what becomes of bought goods in a filed factory.

Owns escorted movements, receipts by weight, e-book periods (电子账册), unit consumption (单耗),
outputs and alerts; publishes ``v_deliveries``, ``v_books`` and ``v_alerts``. Used by enterprises,
by officers who close alerts, and by the workflow ``LandingProcessing``.
"""
