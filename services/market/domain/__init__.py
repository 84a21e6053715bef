"""Pure domain of the market: quotes, the pooled price and how far it may move."""
