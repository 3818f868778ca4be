"""Reading bundles: from a file or standard input, one document or one bundle a line."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

from ..diagnostics import OrderplanError
from ..reading import open_stream, standard_input
from .bundle import Bundle, Loaded
from .decode import decode
from .findings import Findings, member
from .flatten import RecordCopy, flatten
from .links import check_links
from .long_ids import with_known_ids, with_long_ids
from .merge import merge
from .namespace import bare
from .record import Records
from .shape import Shape, read_shape
from .values import check_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..bindings import Bindings
    from ..schema.salesforce import Catalogue

_NDJSON = (".ndjson", ".jsonl")


def load_bundles(
    path: str,
    catalogue: Catalogue,
    bindings: Bindings,
    *,
    stdin: BinaryIO | None = None,
    namespace: str = "",
    sensitive: Collection[tuple[str, str]] = (),
    orders: bool = True,
) -> Iterator[Loaded]:
    """The bundles of a file, or of standard input for `-`, each with all its findings, in the order of the file.

    A file holds one JSON document, or one bundle a line (NDJSON), which is read line by line. A file is NDJSON by its
    ending (.ndjson, .jsonl), or when its first line and the next one look like objects of their own. `bindings` say which
    objects hold orders and accounts, and which lookups a plan needs. `sensitive` are
    fields whose values no finding shows, by object, besides those that the catalogue marks. Without `orders` a bundle
    need not name any.

    Raises:
        OrderplanError: E901, when the file cannot be read; at the first or a later step of the iteration.

    """
    try:
        stream = (stdin or standard_input()) if path == "-" else open_stream(path)
    except (OSError, ValueError) as fault:  # a ValueError is a path that no system takes, with a NUL in it
        raise _unreadable(path, fault) from fault
    try:
        label = "standard input" if path == "-" else path
        yield from _bundles(_lines(stream, label), path, catalogue, bindings, namespace, sensitive, orders=orders)
    finally:
        if path != "-":
            stream.close()


def read_bundle(
    data: bytes,
    name: str,
    catalogue: Catalogue,
    bindings: Bindings,
    *,
    line: int | None = None,
    namespace: str = "",
    sensitive: Collection[tuple[str, str]] = (),
    orders: bool = True,
) -> Loaded:
    """The bundle in the bytes of one document; `line` is its line in a file of many.

    `namespace` is that of the connector's package in the org, as the rules name it; no finding shows a value of
    the fields that are `sensitive`, by object, or that the catalogue marks. Without `orders` it need not name any.
    """
    label = name if line is None else f"{name}:{line}"
    findings = Findings(label, lambda kind, field: (kind, field) in sensitive or catalogue.hides(kind, field))
    document = decode(data, findings, name, line or 1)
    shape = None
    if document is not None or not findings.any_error:
        shape = read_shape(document, findings, orders=orders)
    if shape is not None:
        shape = replace(
            shape,
            records=bare(shape.records, catalogue, namespace, findings, "records"),
            queried=None
            if shape.queried is None
            else {
                name: tuple(each)
                for name, each in bare(
                    {name: list(each) for name, each in shape.queried.items()},
                    catalogue,
                    namespace,
                    findings,
                    "queried",
                ).items()
            },
        )
    fits = not findings.has("E429")
    rows = _rows(shape, catalogue, bindings, findings) if shape is not None and fits else []
    if shape is None or shape.as_of is None or findings.any_error:
        return Loaded(label, None, findings.done())
    records = _records(rows, catalogue, shape.queried)
    kind = bindings.own("order")
    order_ids = tuple(order.id for each in shape.order_ids if (order := records.get(kind, each)) is not None)
    account = MappingProxyType(shape.account) if shape.account is not None else None
    digest = hashlib.sha256(data).hexdigest()
    secret = hashlib.sha256(b"orderplan content secret\0" + data).digest()
    stripe = MappingProxyType(with_known_ids(shape.stripe, records))
    bundle = Bundle(label, shape.as_of, order_ids, records, stripe, account, digest, secret)
    return Loaded(label, bundle, findings.done())


def _bundles(
    lines: Iterator[bytes],
    path: str,
    catalogue: Catalogue,
    bindings: Bindings,
    namespace: str,
    sensitive: Collection[tuple[str, str]],
    *,
    orders: bool,
) -> Iterator[Loaded]:
    head: list[bytes] = []
    full: list[int] = []  # where in the head the first lines are that hold something
    for line in lines:
        head.append(line)
        if line.strip():
            full.append(len(head) - 1)
            if full[1:]:
                break
    if not _is_one_a_line(path, [head[at] for at in full]):
        yield read_bundle(
            b"".join([*head, *lines]),
            path,
            catalogue,
            bindings,
            namespace=namespace,
            sensitive=sensitive,
            orders=orders,
        )
        return
    for number, line in enumerate(chain(head, lines), 1):
        if line.strip():
            yield read_bundle(
                line.rstrip(b"\r\n"),
                path,
                catalogue,
                bindings,
                line=number,
                namespace=namespace,
                sensitive=sensitive,
                orders=orders,
            )


def _is_one_a_line(path: str, first: list[bytes]) -> bool:
    """Whether a file is NDJSON, by its name or by its first two lines."""
    if path.endswith(_NDJSON):
        return bool(first)
    texts = [line.removeprefix(codecs.BOM_UTF8).strip() for line in first]
    return len(texts) > 1 and texts[0].startswith(b"{") and texts[0].endswith(b"}") and texts[1].startswith(b"{")


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        yield from stream
    except OSError as fault:
        raise _unreadable(name, fault) from fault


def _unreadable(name: str, fault: Exception) -> OrderplanError:
    reason = (getattr(fault, "strerror", None) or str(fault)).lower()
    return OrderplanError("E901", f"cannot read {name}: {reason}", "name a bundle file that exists and can be read")


def _rows(shape: Shape, catalogue: Catalogue, bindings: Bindings, findings: Findings) -> list[RecordCopy]:
    """Each record of a bundle once, with findings about all of them and about the orders that are not there."""
    copies = flatten(shape.records, catalogue, findings)
    check_values(copies, catalogue, findings)
    rows = check_links(merge(copies, findings), catalogue, bindings, findings)
    kind = bindings.own("order")
    orders = {row.id[:15] for row in rows if row.object == kind}
    for at, order_id in enumerate(shape.order_ids):
        if order_id[:15] not in orders:
            words = f"the order {order_id} is to be planned, but it is not among the records"
            findings.add(
                "E412",
                words,
                f"$.order_ids[{at}]",
                fix=f"add its record to {member('$.records', kind)}, or remove the id",
            )
    return rows


def _records(rows: list[RecordCopy], catalogue: Catalogue, queried: Mapping[str, tuple[str, ...]] | None) -> Records:
    by_object: dict[str, list[dict[str, Any]]] = {}
    for row in with_long_ids(rows, catalogue):
        by_object.setdefault(row.object, []).append(row.fields)
    return Records.of(catalogue, by_object, queried)
