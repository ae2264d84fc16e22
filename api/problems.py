"""Turns refusals and faults into answers: the one place that picks a status.

Programs get RFC 9457 problem+json, browsers a page; neither ever shows a stack trace or an internal name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from api.languages import say
from dossiers import errors
from dossiers.papers.conversion import NoConverterError
from dossiers.papers.values import FieldsError
from storage import errors as storage_errors
from workflow.refusals import Reason
from workflow.vocabulary import Text

PROBLEM_JSON = "application/problem+json"
log = logging.getLogger("hoso")


class PreconditionMissingError(errors.DossierError):
    """A write to a dossier must say which version it was made on."""

    code = "precondition-required"
    title = Text("Thiếu If-Match: phiên bản hồ sơ mà bạn đã đọc", "If-Match is missing: the version you have read")


class IdempotencyKeyMissingError(errors.DossierError):
    """A write must carry a key that makes sending it twice harmless."""

    code = "idempotency-key-missing"
    title = Text("Thiếu Idempotency-Key", "Idempotency-Key is missing")


class SignInNeededError(errors.DossierError):
    """Nobody is signed in, or the token is not valid."""

    code = "sign-in-needed"
    title = Text("Cần đăng nhập", "Sign in first")


class ForgeryError(errors.DossierError):
    """A write with a session cookie came without the page's token."""

    code = "csrf-token"
    title = Text("Trang đã hết hạn, hãy tải lại rồi gửi lại", "The page has expired: reload it and send again")


#: The status of every refusal; a subclass takes the status of the nearest class named here.
STATUS_OF: Mapping[type[Exception], HTTPStatus] = MappingProxyType(
    {
        errors.DossierError: HTTPStatus.BAD_REQUEST,
        errors.NotFoundError: HTTPStatus.NOT_FOUND,
        errors.NotAllowedError: HTTPStatus.FORBIDDEN,
        errors.SignInFailedError: HTTPStatus.UNAUTHORIZED,
        errors.SignInPausedError: HTTPStatus.TOO_MANY_REQUESTS,
        errors.TokenRefusedError: HTTPStatus.UNAUTHORIZED,
        errors.SealBrokenError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.MoveRefusedError: HTTPStatus.CONFLICT,
        errors.PaperRefusedError: HTTPStatus.CONFLICT,
        errors.StaleVersionError: HTTPStatus.PRECONDITION_FAILED,
        errors.KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.UploadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.UploadTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        errors.InvalidDataError: HTTPStatus.UNPROCESSABLE_ENTITY,
        FieldsError: HTTPStatus.UNPROCESSABLE_ENTITY,
        NoConverterError: HTTPStatus.NOT_IMPLEMENTED,
        PreconditionMissingError: HTTPStatus.PRECONDITION_REQUIRED,
        IdempotencyKeyMissingError: HTTPStatus.BAD_REQUEST,
        SignInNeededError: HTTPStatus.UNAUTHORIZED,
        ForgeryError: HTTPStatus.FORBIDDEN,
        storage_errors.StorageError: HTTPStatus.INTERNAL_SERVER_ERROR,
        storage_errors.DatabaseBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
        storage_errors.DatabaseUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
        storage_errors.ObjectStoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)

_BUSY = Text("Hệ thống đang bận, hãy thử lại sau giây lát", "The system is busy: try again in a moment")
_FAULT = Text("Có lỗi trong hệ thống; sự việc đã được ghi lại", "Something went wrong here; it has been recorded")
_INVALID = Text("Yêu cầu có mục không hợp lệ", "The request has items that are not valid")
_TOO_LARGE = Text("Nội dung gửi lên quá lớn", "What was sent is too large")
_REFUSED: Mapping[HTTPStatus, Text] = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: Text("Không đọc được yêu cầu", "The request cannot be read"),
        HTTPStatus.METHOD_NOT_ALLOWED: Text(
            "Địa chỉ này không nhận phương thức đó", "This address does not take that method"
        ),
    }
)
_RETRY_AFTER_SECONDS = 1


def status_of(error: Exception) -> HTTPStatus:
    """Return the status of a refusal or fault: that of the nearest class in STATUS_OF."""
    for kind in type(error).__mro__:
        if kind in STATUS_OF:
            return STATUS_OF[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def reason_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as programs read it."""
    return {
        "guard": reason.guard,
        "clause": reason.clause,
        "text": say(reason.text),
        "cure": say(reason.cure) if reason.cure else None,
        "basis": reason.basis,
        "confidence": reason.confidence,
        "effect": reason.effect.value,
        "policies": list(reason.policies),
    }


def install(app: Flask) -> None:
    """Let the application answer every refusal and fault in one way."""
    app.register_error_handler(errors.DossierError, _refusal)
    app.register_error_handler(storage_errors.StorageError, _storage_fault)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def answer(status: HTTPStatus, code: str, detail: Text, extra: Mapping[str, Any] | None = None) -> Response:
    """Return a problem in the shape the caller asked for."""
    body = {
        "type": f"/problems/{code}",
        "title": say(detail),
        "status": status.value,
        "detail": say(detail),
        "instance": request.path,
        **(extra or {}),
    }
    if request.path.startswith("/api/") or not request.accept_mimetypes.accept_html:
        response = make_response(body, status)
        response.mimetype = PROBLEM_JSON
    else:
        response = make_response(render_template("problem.html", problem=body), status)
    if status is HTTPStatus.UNAUTHORIZED and request.path.startswith("/api/"):
        response.headers["WWW-Authenticate"] = "Bearer"
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response


def details_of(error: errors.DossierError) -> dict[str, Any]:
    """Return what a refusal adds to its title: reasons, fields, the current version."""
    found: dict[str, Any] = {}
    reasons: Iterable[Reason] = getattr(error, "reasons", ())
    if reasons:
        found["reasons"] = [reason_json(reason) for reason in reasons]
    if isinstance(error, FieldsError):
        found["fields"] = [{"name": name, "label": say(label)} for name, label in error.fields]
    if isinstance(error, errors.StaleVersionError):
        found["current"] = error.current
    return found


def _refusal(error: errors.DossierError) -> Response:
    response = answer(status_of(error), error.code, error.detail, details_of(error))
    if isinstance(error, errors.StaleVersionError):
        response.headers["ETag"] = f'"{error.current}"'
    return response


def _storage_fault(error: storage_errors.StorageError) -> Response:
    status = status_of(error)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return answer(status, error.code, _BUSY)
    return _fault(error)


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if isinstance(error, InternalServerError):
        return _fault(error)
    if messages := getattr(error, "data", {}).get("messages"):
        return answer(status, "invalid-request", _INVALID, {"errors": messages})
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer(status, "upload-too-large", _TOO_LARGE)
    if status is HTTPStatus.NOT_FOUND:
        return answer(status, errors.NotFoundError.code, errors.NotFoundError.title)
    response = answer(status, f"http-{status.value}", _REFUSED.get(status, errors.DossierError.title))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _fault(error: Exception) -> Response:
    """Answer a bug: the log gets the trace and a mark, the caller the mark only."""
    mark = uuid4().hex[:12]
    log.error("fault %s: %s", mark, type(error).__name__, exc_info=error)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", _FAULT, {"mark": mark})
