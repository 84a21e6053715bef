"""Pure domain of accreditation and AEO: values, states, events, one module per rule subject."""
