"""What notices do: judge the log, send, confirm contacts, note what was read."""
