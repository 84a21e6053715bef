"""Pure domain of risk and AEO: values, states, events, one module per rule subject."""
