"""How Tradewindow runs: the only package that knows about processes, ports and files."""
