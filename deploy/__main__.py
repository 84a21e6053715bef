"""`python -m deploy` is the command `tradewindow`."""

from deploy.cli import main

main()
