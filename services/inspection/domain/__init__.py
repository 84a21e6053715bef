"""Pure domain of inspection: values, states, events, one module per rule subject."""
