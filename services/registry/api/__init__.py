"""The registry over HTTP: filing in bulk, looking up, and the law's parameters.

Every filing takes up to 5,000 rows, all or nothing, and answers every reason of a refusal with a
JSON pointer to its row.
"""

from services.registry.api import goods, law, parties, people

ROUTERS = (people.router, parties.router, goods.router, law.router)
