"""Verifiable draws (双随机), for every service that draws: seeds, ballots, draws on record.

Of each port and business day a secret seed is committed to before anything can be drawn under it.
A draw is kept with everyone who could have been drawn; once the day is closed and its seed public,
anybody computes it again (``kernel/rules/draw.py``). Here stand the seeds and the draws of persons
and places; who draws goods keeps the value beside its judgement. A service that draws says so in
its manifest (``draws``), one that closes days and publishes seeds as well (``reveals``).
"""
