"""What a workflow asks of a service: task queue, messages, abstract activities."""
