"""`python -m orderplan`: the command line."""

from orderplan.engine.commands import main

main(prog_name="orderplan")
