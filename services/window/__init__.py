"""The single window (单一窗口) itself: one view of a case from declaration to factory.

What is true of a case is in its own service, what happened to it is in the event log; owns only
where parties want to be told of it (``webhooks``). Publishes ``v_cases``, ``v_case_links`` and
``v_case_readers``, which bring the services' views together. Used by everybody who has a case:
traders, officers, banks, factories, auditors.
"""
