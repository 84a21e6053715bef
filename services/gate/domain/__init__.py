"""What a vehicle may carry and when it may leave. Pure."""
