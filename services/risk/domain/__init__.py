"""Pure domain of risk: values, states, events, one module per rule subject."""
