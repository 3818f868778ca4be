"""`orderplan schema`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def schema() -> None:
    """Make the schema files that rules are checked against.

    \b
    Example:
      orderplan schema generate build/stripe
    """


@schema.command()
@click.argument("folder", metavar="FOLDER")
def generate(folder: str) -> None:
    """Write the Stripe schema of the installed Stripe SDK below FOLDER, in a folder named after its API version.

    \b
    Example:
      orderplan schema generate build/stripe
    """
    from ..schema.stripe_sdk import generate as write

    for path in write(Path(folder)):
        click.echo(str(path))
