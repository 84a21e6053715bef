"""Pure domain of inspection and AEO: values, states, events, one module per rule subject."""
