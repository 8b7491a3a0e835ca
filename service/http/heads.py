"""The head of a request, as bytes: whether it is whole, and what of a push's head can be left out. Pure."""

import re

MAX_HEAD = 512 * 1024
"""A longer head is refused. An unwrapped push carries up to 100 attributes as header fields (256 bytes for a key, 1,024
for a value), perhaps percent-encoded: 384 kB."""
MAX_FIELDS = 200
"""Pub/Sub's 100 attributes, its own fields, and those that Google's front end adds."""

_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t\x20-\x7e\x80-\xff]*")
_FRAMING = re.compile(rb"content.?length|transfer.?encoding", re.IGNORECASE)
_ONCE = frozenset((b"host", b"content-type"))
_WAITS = re.compile(rb"expect:[ \t]*100-continue[ \t]*", re.IGNORECASE)


def is_whole(head: bytes | bytearray, searched: int = 0) -> bool:
    """Whether `head` has its empty line, or is so long that it need not be waited for. Nothing ends in the first
    `searched` bytes. Lines that end with LF alone are an end too: the parser refuses them at once."""
    start = max(0, searched - 2)
    return head.find(b"\n\r\n", start) >= 0 or head.find(b"\n\n", start) >= 0 or len(head) > MAX_HEAD


def without_bad_fields(head: bytes) -> bytes | None:
    """Return the head of a push without the fields for which the parser refuses it; None if it is not a push's.

    In an unwrapped push the producer chooses names and values. If one is not a good header field, a 400 would make
    Pub/Sub deliver the message again for days; without it, the message becomes a job or a dead letter. Fields that say
    where the body ends stay, for the parser to judge.
    """
    lines, _, rest = head.partition(b"\r\n\r\n")
    first, *fields = lines.split(b"\r\n")
    if not first.startswith(b"POST /push "):
        return None
    kept, seen = [first], set[bytes]()
    for line in fields:
        found = _FIELD.fullmatch(line)
        name = found[1].lower() if found else b""
        if _FRAMING.search(line.partition(b":")[0]):
            kept.append(line)
        elif name in seen and name in _ONCE:
            continue
        elif found and (name != b"expect" or _WAITS.fullmatch(line)):
            kept.append(line)
        seen.add(name)
    return b"\r\n".join(kept) + b"\r\n\r\n" + rest
