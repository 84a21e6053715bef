"""A sample world behind a sandbox's window: people, goods and cases, made by real requests.

``cast`` says who is in it, ``filing`` files them, ``scenes`` lists what happens and in which order,
and the other modules are what happens, each procedure by whose acts it is. ``mark`` and ``roll``
keep in the data directory how far it is and who can be signed in as. Nothing here writes a row: who
does not find something on a screen finds out why from the window.
"""
