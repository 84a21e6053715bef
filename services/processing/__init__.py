"""Landing processing (落地加工): what becomes of the residents' goods in a filed factory.

Owns factory orders, the residents' offers to them, purchases of whole lots with every resident's
income, escorted movements, receipts by weight, e-book periods (电子账册), unit consumption (单耗),
outputs and alerts; publishes ``v_purchases``, ``v_books``, ``v_alerts`` and
``v_resident_incomes``. Used by enterprises, by groups and residents who sell, by officers who close
alerts, and by the workflow ``LandingProcessing``.
"""
