"""What a person must know finds him (通知): an own list, and e-mail and SMS for whoever consents.

Owns ``notices``, what was told to which party because of which event, ``notice_places``, how far
the log was judged, ``notice_people`` and ``notice_reads``, a person's language, quiet hours and
what was read, ``notice_contacts`` and ``notice_codes``, the confirmed addresses and what confirms
them, sealed, and ``notice_deliveries``, what leaves by which channel. Used by residents, clerks,
carriers, enterprises and banks. It follows the log and changes nothing in it (0138).
"""
