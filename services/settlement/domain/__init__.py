"""Pure domain of settlement: values, states, events, rules and bank messages."""
