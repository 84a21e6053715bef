"""A mail server of this process: what is sent by SMTP comes in here, and may be refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

_END: Final = b"\r\n.\r\n"


class Mailbox:
    """Remembers the messages it took, with the recipient that it was told of each."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: list[int] = []
        """The next codes to answer a recipient with; 250 when none are left."""
        self.heard = 0
        """How many messages were sent to it whole, also those that it still holds."""
        self.pause_s = 0.0
        """How long it holds a message before it takes it."""
        self.port = 0

    def to(self, address: str) -> list[EmailMessage]:
        """What one address was sent."""
        return [message for recipient, message in self.taken if recipient == address]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from greeting to QUIT (RFC 5321)."""

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        recipient = ""
        await say("220 mailbox of the tests")
        try:
            while line := (await reader.readline()).decode().strip():
                match line.upper().split(":")[0].split()[0]:
                    case "EHLO" | "HELO":
                        await say("250 8BITMIME")
                    case "RCPT":
                        recipient = line.partition("<")[2].partition(">")[0]
                        code = self.answers.pop(0) if self.answers else 250
                        await say(f"{code} as the test wants it")
                    case "DATA":
                        await say("354 go on")
                        content = await reader.readuntil(_END)
                        self.heard += 1
                        await asyncio.sleep(self.pause_s)
                        message = message_from_bytes(content[: -len(_END)], policy=policy.default)
                        self.taken.append((recipient, message))
                        await say("250 taken")
                    case "QUIT":
                        await say("221 bye")
                        break
                    case _:
                        await say("250 so be it")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server that answers inside, at a port that is free."""
    box = Mailbox()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box
