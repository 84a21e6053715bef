"""The gate of the supervised place (卡口): which vehicles came, and which lots left on one.

Owns vehicles' entry declarations and the passes of lots (过卡); publishes ``v_gate_passes``. Used
by carriers, who declare their vehicles, and by the gates, which let released goods out. A pass is
an event in the lot's own log; that the lot has left is the lot's state, which declaration's
function ``lot_leave`` takes from the record of the pass.
"""
