"""The gate of the supervised place (卡口): who and which trucks came in, and which lots left.

Owns vehicles' entry declarations, the entries that the gate saw (进卡), of trucks and of people on
foot, and the passes of lots (过卡); publishes ``v_gate_entries`` and ``v_gate_passes``. Used by
carriers, who declare their vehicles, and by the gates, which let people and trucks in and released
goods out. Lots are declared for the day on which the gate saw their truck or resident. A pass is
an event in the lot's own log; that the lot has left is the lot's state, which declaration's
function ``lot_leave`` takes from the record of the pass.
"""
