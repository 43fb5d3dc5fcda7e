"""Every error the appliance raises on purpose.

Each class fixes a stable ``code``, the HTTP ``status`` it becomes and a default ``hint`` (what to
do). The API, the command line and the page print exactly these three, so an error reads the same
everywhere. Messages name what is wrong and never what the caller may not see: what is forbidden
raises the same ``NotFound`` as what does not exist.

    AppError
    ├── InvalidInput (422)
    │   ├── WeakPassword, WrongPassword
    │   └── UnsupportedMediaType (415)
    ├── PayloadTooLarge (413)
    │   └── StorageFull
    ├── Unauthenticated (401)
    ├── Forbidden (403)
    │   └── PasswordChangeRequired
    ├── NotFound (404)
    │   ├── CollectionNotFound, DocumentNotFound, JobNotFound, ConversationNotFound,
    │   └── MessageNotFound, UserNotFound, GroupNotFound, ApiKeyNotFound, ReceiptNotFound
    ├── Conflict (409)
    │   ├── NameTaken, SameContent, AnswerUnfinished
    │   └── LastAdmin, HeirNeeded
    ├── TooManyRequests (429)
    ├── ConfigurationError (500)
    ├── DataDirectoryInUse (500)
    ├── ServiceUnavailable (503)
    ├── RequestTimeout (504)
    ├── ConversionError (422)
    │   ├── UnreadableFile, EncryptedFile, EmptyFile, FileTooComplex
    │   └── ConversionTimeout
    ├── EmbeddingError (503)
    └── GenerationError (503)
        ├── ModelUnreachable, ModelNotFound, ModelBusy, ModelFailed
        ├── ContextOverflow
        ├── GenerationTimeout (504)
        └── GenerationInterrupted

Those of snapshots, which only the command line meets, stand in backup/errors.py.
"""

from __future__ import annotations

from typing import ClassVar


class AppError(Exception):
    """An expected failure: ``message`` says what is wrong, ``hint`` what to do about it."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    default_hint: ClassVar[str] = "Ask an administrator to look at the server's log."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else self.default_hint


class InvalidInput(AppError):
    """The request is well-formed but a value in it cannot be used."""

    code = "invalid_input"
    status = 422
    default_hint = "Correct the value named in the message and try again."


class WeakPassword(InvalidInput):
    """The new password is too short or too easily guessed."""

    code = "weak_password"
    default_hint = "Choose a longer password, for example four unrelated words."


class WrongPassword(InvalidInput):
    """The password that is to be replaced is another one."""

    code = "wrong_password"


class UnsupportedMediaType(InvalidInput):
    """The file is of a type no converter reads."""

    code = "unsupported_media_type"
    status = 415
    default_hint = "Convert the file to PDF, DOCX, HTML or text and upload it again."


class PayloadTooLarge(AppError):
    """The body is larger than MAX_UPLOAD_BYTES."""

    code = "payload_too_large"
    status = 413
    default_hint = "Split the file, or ask an administrator to raise MAX_UPLOAD_BYTES."


class StorageFull(PayloadTooLarge):
    """The person's originals would take more room than their limit of storage."""

    code = "storage_full"
    default_hint = "Delete documents you no longer need, or ask an administrator for more room."


class Unauthenticated(AppError):
    """No credentials, or credentials that are not (or no longer) valid."""

    code = "unauthenticated"
    status = 401
    default_hint = "Sign in again."


class Forbidden(AppError):
    """The caller's role lacks this action; never used where it would betray that a thing exists."""

    code = "forbidden"
    status = 403
    default_hint = "Ask an administrator for the right to do this."


class PasswordChangeRequired(Forbidden):
    """The caller holds a one-time password and may do nothing before replacing it."""

    code = "password_change_required"
    default_hint = "Choose a new password first."


class NotFound(AppError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"
    status = 404
    default_hint = "Check the identifier; it may have been deleted, or you may lack access."


class CollectionNotFound(NotFound):
    """No such collection for this caller."""

    code = "collection_not_found"


class DocumentNotFound(NotFound):
    """No such document for this caller."""

    code = "document_not_found"


class JobNotFound(NotFound):
    """No such job for this caller."""

    code = "job_not_found"


class ConversationNotFound(NotFound):
    """No such conversation for this caller."""

    code = "conversation_not_found"


class MessageNotFound(NotFound):
    """No such message for this caller."""

    code = "message_not_found"


class UserNotFound(NotFound):
    """No such user."""

    code = "user_not_found"


class GroupNotFound(NotFound):
    """No such group."""

    code = "group_not_found"


class ReceiptNotFound(NotFound):
    """No such receipt for this caller."""

    code = "receipt_not_found"


class ApiKeyNotFound(NotFound):
    """No such API key for this caller."""

    code = "api_key_not_found"


class Conflict(AppError):
    """The request contradicts the current state."""

    code = "conflict"
    status = 409
    default_hint = "Reload and try again."


class NameTaken(Conflict):
    """Something else there has this name."""

    code = "name_taken"
    default_hint = "Use another one."


class SameContent(Conflict):
    """The collection holds the same bytes under another name."""

    code = "same_content"
    default_hint = "Delete one of the two instead."


class AnswerUnfinished(Conflict):
    """An answer is still being written."""

    code = "answer_unfinished"
    default_hint = "Wait for it, or stop it."


class LastAdmin(Conflict):
    """Without this person nobody could administer the appliance."""

    code = "last_admin"
    default_hint = "Make someone else an admin first."


class HeirNeeded(Conflict):
    """The person owns shared collections, which somebody has to take over."""

    code = "heir_needed"
    default_hint = "Name an heir, who will own them."


class TooManyRequests(AppError):
    """A limit was reached; ``retry_after`` is in seconds."""

    code = "too_many_requests"
    status = 429
    default_hint = "Wait a little and try again."

    def __init__(self, message: str, *, retry_after: int = 1, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ConfigurationError(AppError):
    """A setting is missing, malformed or unsafe."""

    code = "configuration"
    default_hint = "Correct the setting named in the message; docs/settings.md lists them all."


class DataDirectoryInUse(AppError):
    """Another process owns the data directory's index."""

    code = "data_directory_in_use"
    default_hint = "Stop the other server, or give this one its own data directory."


class ServiceUnavailable(AppError):
    """A part the request needs is down for the moment."""

    code = "service_unavailable"
    status = 503
    default_hint = "Try again in a minute; /health says which part is down."


class RequestTimeout(AppError):
    """The server did not finish the request within REQUEST_TIMEOUT."""

    code = "request_timeout"
    status = 504
    default_hint = "Try again in a minute; if it stays, ask for less at once."


class ConversionError(AppError):
    """The file could not be turned into text."""

    code = "conversion_failed"
    status = 422
    default_hint = "Open the file in its own program, save a fresh copy and upload that."


class UnreadableFile(ConversionError):
    """The file is damaged, cut short or not what its name says."""

    code = "unreadable_file"


class EncryptedFile(ConversionError):
    """The file needs a password."""

    code = "encrypted_file"
    default_hint = "Save a copy without a password and upload that."


class EmptyFile(ConversionError):
    """The file holds no content."""

    code = "empty_file"
    default_hint = "Check that the right file was chosen."


class FileTooComplex(ConversionError):
    """Reading the file would need more memory, nesting or output than is allowed."""

    code = "file_too_complex"
    default_hint = "Split the file into smaller ones."


class ConversionTimeout(ConversionError):
    """Reading the file took longer than allowed."""

    code = "conversion_timeout"
    default_hint = "Split the file into smaller ones."


class EmbeddingError(AppError):
    """The embedding model is unreachable or returned vectors that cannot be used."""

    code = "embedding_failed"
    status = 503
    default_hint = "Check the embedding model with `on-prem-rag doctor`."


class GenerationError(AppError):
    """The language model did not give a whole answer."""

    code = "generation_failed"
    status = 503
    default_hint = "Try again; if it stays, check the model with `on-prem-rag doctor`."


class ModelUnreachable(GenerationError):
    """Nothing answers at OLLAMA_ENDPOINT."""

    code = "model_unreachable"
    default_hint = "Start Ollama, or correct OLLAMA_ENDPOINT."


class ModelNotFound(GenerationError):
    """Ollama runs but does not have this model."""

    code = "model_not_found"
    default_hint = "Load the model into Ollama, or choose another with DEFAULT_MODEL."


class ModelBusy(GenerationError):
    """Ollama's queue, or ours, is full."""

    code = "model_busy"


class ModelFailed(GenerationError):
    """Ollama answered with an error or with something that is not its protocol."""

    code = "model_failed"


class ContextOverflow(GenerationError):
    """The prompt has more tokens than the model's context; both numbers are in the message."""

    code = "context_overflow"

    def __init__(
        self, message: str, *, prompt_tokens: int | None = None, num_ctx: int | None = None
    ) -> None:
        super().__init__(message)
        self.prompt_tokens = prompt_tokens
        self.num_ctx = num_ctx


class GenerationTimeout(GenerationError):
    """The model was silent too long; ``phase`` is connect, first_token, between_tokens or total."""

    code = "generation_timeout"
    status = 504

    def __init__(self, message: str, *, phase: str) -> None:
        super().__init__(message)
        self.phase = phase


class GenerationInterrupted(GenerationError):
    """The stream ended without its ``done`` line; what came before is partial."""

    code = "generation_interrupted"
