"""The Salesforce side: the REST API's routes and error shapes, above an org."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote

from .answers import Answer, Request
from .org import Fault, Org, OrgError
from .queries import MalformedQueryError, parsed
from .store import Record, Store

SESSION = "00DSandbox!sandbox"
_ROOT = re.compile(r"/services/data/v\d+\.\d/(?P<rest>.*)")
_DAILY = 100_000
_MOST_OF_A_COMPOSITE = 25
_MOST_CURSORS = 50
_MOST_OF_A_COLLECTION = 200
_REFERENCE = re.compile(r"@\{([\w]+)\.([\w.\[\]]+)\}")


class Salesforce:
    """Answers requests below `/services`; `page_size` is how many records a page of a query has."""

    def __init__(self, org: Org, store: Store, page_size: int = 2000) -> None:
        self.org = org
        self._store = store
        self._page_size = page_size
        self._cursors: dict[str, list[Record]] = {}
        self._used = 0
        self._queries = 0

    def answer(self, request: Request) -> Answer:
        """What Salesforce answers, with the limits that are left."""
        self._used += 1
        headers = {"Sforce-Limit-Info": f"api-usage={self._used}/{_DAILY}"}
        if request.headers.get("authorization") != f"Bearer {SESSION}":
            found = _refusal(OrgError(401, Fault("INVALID_SESSION_ID", "Session expired or invalid")))
        else:
            found = self._guarded(request.method, request.path, request.query, _body(request))
        return Answer(found.status, found.body, {**headers, **found.headers})

    def _guarded(self, method: str, path: str, query: str, body: Any) -> Answer:
        try:
            with self._store.change():
                return self._routed(method, path, query, body)
        except OrgError as fault:
            return _refusal(fault)
        except MalformedQueryError as fault:
            return _refusal(OrgError(400, Fault("MALFORMED_QUERY", str(fault))))

    def _routed(self, method: str, path: str, query: str, body: Any) -> Answer:
        match = _ROOT.fullmatch(path)
        rest = match["rest"].rstrip("/").split("/") if match else []
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if path.rstrip("/") == "/services/data":
            return Answer(200, [{"label": "Sandbox", "url": "/services/data/v62.0", "version": "62.0"}])
        if rest == ["limits"]:
            return Answer(200, {"DailyApiRequests": {"Max": _DAILY, "Remaining": max(0, _DAILY - self._used)}})
        if rest[:1] in (["query"], ["queryAll"]) and method == "GET":
            return self._page(rest[1]) if len(rest) > 1 else self._queried(asked.get("q", ""))
        if rest == ["composite"] and method == "POST":
            return self._composite(body)
        if rest == ["composite", "sobjects"] and method in ("PATCH", "POST"):
            return self._collection(method, body)
        if rest[:1] == ["sobjects"]:
            return self._objects(method, [unquote(each) for each in rest[1:]], asked, body)
        raise OrgError(404, Fault("NOT_FOUND", f"The requested resource does not exist: {method} {path}"))

    # --- queries ----------------------------------------------------------------------------------------------------

    def _queried(self, text: str) -> Answer:
        query = parsed(text)
        records = self.org.answered(query)
        if query.count:
            return Answer(200, {"totalSize": len(records), "done": True, "records": []})
        self._queries += 1
        cursor = f"01gSandbox{self._queries:08d}"
        self._cursors[cursor] = records
        while len(self._cursors) > _MOST_CURSORS:  # a page may be asked for again, if its answer was lost
            del self._cursors[next(iter(self._cursors))]
        return self._page(f"{cursor}-0")

    def _page(self, locator: str) -> Answer:
        cursor, _, start = locator.partition("-")
        records = self._cursors.get(cursor)
        if records is None or not start.isdigit():
            raise OrgError(400, Fault("INVALID_QUERY_LOCATOR", "invalid query locator"))
        end = int(start) + self._page_size
        page: Record = {"totalSize": len(records), "done": end >= len(records), "records": records[int(start) : end]}
        if end < len(records):
            page["nextRecordsUrl"] = f"/services/data/v62.0/query/{cursor}-{end}"
        return Answer(200, page)

    # --- records ----------------------------------------------------------------------------------------------------

    def _objects(self, method: str, rest: list[str], asked: dict[str, str], body: Any) -> Answer:
        match method, rest:
            case "GET", []:
                return Answer(200, {"sobjects": [{"name": each} for each in self.org.objects()]})
            case "GET", [name, "describe"]:
                return Answer(200, self.org.describe(name))
            case "GET", [name, record_id]:
                return Answer(200, self._selected(name, record_id, asked.get("fields")))
            case "POST", [name]:
                return Answer(201, {"id": self.org.create(name, _object(body)), "success": True, "errors": []})
            case "PATCH", [name, record_id]:
                self.org.update(name, record_id, _object(body))
                return Answer(204, None)
            case "PATCH", [name, field, value]:
                record_id, new = self.org.upsert(name, field, value, _object(body))
                return Answer(201 if new else 200, {"id": record_id, "success": True, "errors": [], "created": new})
            case "DELETE", [name, record_id]:
                self.org.delete(name, record_id)
                return Answer(204, None)
        raise OrgError(405, Fault("METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed."))

    def _selected(self, name: str, record_id: str, fields: str | None) -> Record:
        record = self.org.one(name, record_id)
        if fields is None:
            return record
        for each in fields.split(","):
            if each not in record:
                raise OrgError(
                    400, Fault("INVALID_FIELD", f"No such column '{each}' on sobject of type {name}", (each,))
                )
        return {"attributes": record["attributes"], **{each: record[each] for each in fields.split(",")}}

    # --- several at once --------------------------------------------------------------------------------------------

    def _composite(self, body: Any) -> Answer:
        parts = _object(body).get("compositeRequest") or []
        if not 1 <= len(parts) <= _MOST_OF_A_COMPOSITE:
            raise OrgError(400, Fault("LIMIT_EXCEEDED", f"a composite request has 1 to {_MOST_OF_A_COMPOSITE} parts"))
        whole = bool(body.get("allOrNone"))
        answers: dict[str, Answer] = {}
        try:
            with self._store.change():
                for part in parts:
                    answers[part["referenceId"]] = self._part(part, answers)
                    if whole and answers[part["referenceId"]].status >= 400:  # noqa: PLR2004 - HTTP's errors
                        raise _HaltedError
        except _HaltedError:
            failed = list(answers)[-1]
            words = "The transaction was rolled back since another operation in the same transaction failed."
            halted = Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": words}])
            answers = {
                each["referenceId"]: answers[failed] if each["referenceId"] == failed else halted for each in parts
            }
        return Answer(200, {"compositeResponse": [_part_answer(name, each) for name, each in answers.items()]})

    def _part(self, part: Any, answers: dict[str, Answer]) -> Answer:
        path, _, query = self._resolved(part["url"], answers).partition("?")
        return self._guarded(part["method"], path, query, self._resolved(part.get("body"), answers))

    def _resolved(self, value: Any, answers: dict[str, Answer]) -> Any:
        if isinstance(value, dict):
            return {name: self._resolved(each, answers) for name, each in value.items()}
        if not isinstance(value, str):
            return value

        def found(match: re.Match[str]) -> str:
            held: Any = answers[match[1]].body if match[1] in answers else None
            for step in re.findall(r"\w+", match[2]):
                try:
                    held = held[int(step)] if isinstance(held, list) else held[step]
                except (KeyError, IndexError, TypeError, ValueError):
                    raise OrgError(
                        400, Fault("PROCESSING_HALTED", f"Invalid reference specified: {match[0]}")
                    ) from None
            return str(held)

        return _REFERENCE.sub(found, value)

    def _collection(self, method: str, body: Any) -> Answer:
        records = _object(body).get("records") or []
        if len(records) > _MOST_OF_A_COLLECTION:
            raise OrgError(400, Fault("EXCEEDED_ID_LIMIT", f"record limit reached: {_MOST_OF_A_COLLECTION}"))
        results: list[Record] = []
        try:
            with self._store.change():
                results = [self._one_of_many(method, each) for each in records]
                if body.get("allOrNone") and not all(each["success"] for each in results):
                    raise _HaltedError
        except _HaltedError:
            rolled = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": "Record rolled back", "fields": []}
            results = [each if each["errors"] else {"success": False, "errors": [rolled]} for each in results]
        return Answer(200, results)

    def _one_of_many(self, method: str, record: Any) -> Record:
        try:
            name = record["attributes"]["type"]
            values = {field: value for field, value in record.items() if field not in ("attributes", "id", "Id")}
            record_id = record.get("id") or record.get("Id")
            if method == "POST":
                record_id = self.org.create(name, values)
            else:
                self.org.update(name, str(record_id), values)
        except OrgError as fault:
            errors = [
                {"statusCode": each.code, "message": each.message, "fields": list(each.fields)} for each in fault.faults
            ]
            return {"success": False, "errors": errors}
        except (KeyError, TypeError):
            return {"success": False, "errors": [{"statusCode": "INVALID_TYPE", "message": "no type", "fields": []}]}
        return {"id": record_id, "success": True, "errors": []}


class _HaltedError(Exception):
    """A part of an all-or-none request was refused."""


def _object(body: Any) -> Record:
    if not isinstance(body, dict):
        raise OrgError(400, Fault("JSON_PARSER_ERROR", "The body must be a JSON object"))
    return body


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body) if request.body else None
    except ValueError:
        return None


def _refusal(fault: OrgError) -> Answer:
    errors: list[Record] = [{"message": each.message, "errorCode": each.code} for each in fault.faults]
    for error, each in zip(errors, fault.faults, strict=True):
        if each.fields:
            error["fields"] = list(each.fields)
    return Answer(fault.status, errors)


def _part_answer(name: str, answer: Answer) -> Record:
    return {"body": answer.body, "httpHeaders": {}, "httpStatusCode": answer.status, "referenceId": name}
