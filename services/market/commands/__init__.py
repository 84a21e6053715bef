"""What the market does: quotes in, the pooled price out; days without duty on the rota."""
