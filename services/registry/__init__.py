"""Who and what the window knows: people, parties and ports.

Owns residents (边民备案), groups and co-operatives (互助组/合作社) with their members and mandates,
enterprises with their processing filing, officers and their conflicts of interest, banks and who
signs for them, sellers and ports. All other services read it through the views
``migrations/views/registry_*.sql``; nobody else writes it.
"""
