"""ISO 20022 messages between the window and its banks: built, read and checked, purely.

``reading`` opens XML safely, ``facets`` checks a message against the facets and cardinalities
that pyiso20022's generated classes carry, ``official`` against the official schemas where an
operator has them; ``credit_transfer`` builds pacs.008, ``payment_status`` reads and builds
pacs.002.
"""
