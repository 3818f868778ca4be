"""Writes Stripe's schema files from the installed `stripe` SDK, without a network.

The SDK is itself generated from Stripe's OpenAPI description: every operation's parameters are a TypedDict in
`stripe.params`, every route is a method of a service. Both are read as source, through `ast`: the descriptions (bare
strings after each field) and the routes exist nowhere else, and the run-time annotations cannot be resolved without
names that the SDK imports for type checkers only. `stripe_annotations` turns the TypedDicts into schemas; here are the
routes and the files.

`stripe` is imported inside the functions, since nothing that reads the written files needs it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from ..diagnostics import OrderplanError
from .stripe_annotations import Schema, definitions_of, literal_text

# Resource name -> the SDK's path of it; a further resource is one more line.
RESOURCES: dict[str, str] = {
    "billing_meter": "billing/meter",
    "coupon": "coupon",
    "customer": "customer",
    "invoice": "invoice",
    "invoice_item": "invoice_item",
    "price": "price",
    "product": "product",
    "promotion_code": "promotion_code",
    "subscription": "subscription",
    "subscription_item": "subscription_item",
    "subscription_schedule": "subscription_schedule",
    "tax_rate": "tax_rate",
}

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate(folder: Path) -> list[Path]:
    """Writes `<folder>/<api version>/<resource>.json` for every resource of the SDK's pinned API version.

    The output depends on the SDK's version alone: keys sorted, indent 1, a final newline. Returns the written paths.

    Raises:
        OrderplanError: E904 when the SDK is not installed, or is laid out in a way this generator does not know.
    """
    version = sdk_version()
    target = folder / version
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for resource in sorted(RESOURCES):
        path = target / f"{resource}.json"
        text = json.dumps(resource_schema(resource), sort_keys=True, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
        written.append(path)
    return written


def sdk_version() -> str:
    """The API version that the installed SDK is pinned to, such as `2026-10-28.endive`."""
    try:
        import stripe
    except ImportError as error:
        message = "the stripe SDK is not installed, and the schema files are generated from it"
        raise OrderplanError("E904", message, "pip install 'stripe>=16.1,<17'") from error
    return str(stripe.api_version)


def resource_schema(resource: str) -> Schema:
    """The schema document of one resource: its writing operations and the definitions of their parameters."""
    package, _, name = RESOURCES[resource].rpartition("/")
    service = _parse("/".join(filter(None, [package, f"_{name}_service.py"])))
    imported = _imported_modules(service)
    definitions: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    for method, verb, path, params, text in _routes(service):
        definitions |= definitions_of(_parse(imported[params]), params)
        operations[method.removesuffix(f"_{name}")] = {
            "description": text,
            "method": verb,
            "path": path,
            "params": {"$ref": f"#/$defs/{params}"},
        }
    _mark_create_only(definitions, operations)
    version = sdk_version()
    return {
        "$schema": DIALECT,
        "$id": f"orderplan:stripe/{version}/{resource}.json",
        "title": resource,
        "description": f"parameters of the operations that write a {resource.replace('_', ' ')}",
        "x-stripe-version": version,
        "x-resource": resource,
        "x-operations": operations,
        "$defs": definitions,
    }


def _parse(path: str) -> ast.Module:
    import stripe

    file = Path(stripe.__file__).parent / path
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"the stripe SDK has no module {path}, so its layout is not the one of version 16"
        raise OrderplanError("E904", message, "pip install 'stripe>=16.1,<17'") from error


def _imported_modules(service: ast.Module) -> dict[str, str]:
    """Class name -> file of the modules that a service imports for type checkers."""
    return {
        alias.name: node.module.removeprefix("stripe.").replace(".", "/") + ".py"
        for node in ast.walk(service)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _routes(service: ast.Module) -> Iterator[tuple[str, str, str, str, str]]:
    """Method name, HTTP method, path, parameter class and description of what writes on the resource itself.

    Left out are reads, previews (a POST that names no object) and removals of something below the object.
    """
    methods = [
        node
        for each in service.body
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.FunctionDef)
    ]
    for node in methods:
        call = next((found for found in ast.walk(node) if _is_request(found)), None)
        if not isinstance(call, ast.Call):
            continue
        verb, path = literal_text(call.args[0]).upper(), _path(call.args[1])
        below = path.partition("{id}")[2]
        is_own = node.name == "create" or ("{id}" in path and (verb == "POST" or not below))
        if verb in {"POST", "DELETE"} and is_own:
            yield node.name, verb, path, _params_class(node), _paragraph(ast.get_docstring(node) or "")


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request"


def _path(node: ast.expr) -> str:
    """The route with its path parameter spelled `{id}`, from `"..."` or `"...".format(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        head, brace, rest = literal_text(node.func.value).partition("{")
        return head + ("{id}" + rest.partition("}")[2] if brace else "")
    return literal_text(node)


def _params_class(node: ast.FunctionDef) -> str:
    annotation = next(each.annotation for each in node.args.args if each.arg == "params")
    quoted = annotation.slice if isinstance(annotation, ast.Subscript) else annotation
    return literal_text(quoted)


def _paragraph(text: str) -> str:
    return text.partition("\n\n")[0].strip()


def _mark_create_only(definitions: dict[str, Schema], operations: dict[str, Schema]) -> None:
    """Marks what a resource takes when it is created and not when it is updated, at any depth."""
    if "create" in operations and "update" in operations:
        create, update = (_target(definitions, operations[each]["params"]) for each in ("create", "update"))
        _compare(definitions, create, update)


def _compare(definitions: dict[str, Schema], create: Schema, update: Schema) -> None:
    for name, schema in create["properties"].items():
        if name not in update["properties"]:
            schema["x-create-only"] = True
            continue
        there = _objects(definitions, update["properties"][name])
        for way, each in _objects(definitions, schema).items():
            if way in there:
                _compare(definitions, each, there[way])


def _objects(definitions: dict[str, Schema], schema: Schema) -> dict[str, Schema]:
    """The definitions that a parameter leads to, by the way there."""
    found = {}
    for arm in schema.get("anyOf", [schema]):
        if "$ref" in arm:
            found["object"] = _target(definitions, arm)
        elif arm.get("type") == "array":
            found |= {f"list of {way}": each for way, each in _objects(definitions, arm["items"]).items()}
    return found


def _target(definitions: dict[str, Schema], schema: Schema) -> Schema:
    target: Schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    return target
