"""The single window (单一窗口) itself: one view of a case from declaration to factory.

What is true of a case is in its own service, what happened to it is in the event log; owns only
where parties want to be told of it (``webhooks``). It reads the headers that every act keeps of its
case, whichever service's it is: the case view, the work list, streams and webhooks know no service.
Used by everybody who has a case: traders, officers, banks, factories, auditors.
"""
