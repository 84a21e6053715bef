"""The second market (二级市场): residents' released goods are sold to filed factories.

Owns factories' orders, the residents' offers to them, purchases of whole lots with every resident's
income, and how much of a yearly capacity is bought; publishes ``v_purchases``, ``v_factory_orders``
and ``v_resident_incomes``; what a purchase took whose goods never come is given back by
``purchase_void``. Used by enterprises who buy, by groups and residents who sell.
"""
