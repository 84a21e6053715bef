"""Inspection: orders, their drawn officers and bays, findings, countersignature.

Owns inspection orders (查验单) and findings. An order is opened with the screening that asks for
it, by ``inspection_order_open``; its case draws two officers and a bay, and draws again while it is
short of them. Officers and auditors call its API under ``/inspection/v1``; the declaration of the
lot reads ``v_inspection_orders`` and carries out what two officers signed.
"""
