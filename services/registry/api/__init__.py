"""The registry over HTTP: filing in bulk and looking up.

Every filing takes up to 5,000 rows, all or nothing, and answers every reason of a refusal with a
JSON pointer to its row.
"""

from services.registry.api import changes, names, parties, passkeys, payer_accounts, people, ports

ROUTERS = (
    people.router,
    parties.router,
    ports.router,
    changes.router,
    payer_accounts.router,
    passkeys.router,
    names.router,
)
