"""Pure domain of accreditation and credit: values, states, events, one module per rule subject."""
