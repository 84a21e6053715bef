"""The screens: pages for a phone, a desk, a gate, made from the window's public interface alone.

No SQL and no rule lives here. A page reads and acts as the person who is signed in, with that
person's own token, so that no screen can see or do more than the interface allows.
"""
