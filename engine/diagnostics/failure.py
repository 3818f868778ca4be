"""The root of the exceptions: a broken environment, never a fault of the user's input."""

from __future__ import annotations


class OrderplanError(Exception):
    """Something the program cannot work around: an unreadable file, a damaged installation.

    `code` is a row of the table of codes; `hint` says what to do. The command line prints both and exits with 2.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
