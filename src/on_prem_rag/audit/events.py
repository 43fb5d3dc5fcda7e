"""What is recorded: every kind of event as ``subject:action``.

Details never hold a question's text, a password, a token or a document's content: ids and names of
things, numbers, and keyed hashes only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Outcome = Literal["success", "failure"]


class Event(StrEnum):
    """The catalogue; ``docs/security.md`` says what each holds."""

    LOGIN = "session:login"
    LOGIN_FAILED = "session:login_failed"
    LOGIN_THROTTLED = "session:throttled"
    TOKEN_REUSED = "session:token_reused"  # noqa: S105
    LOGOUT = "session:logout"
    LOGOUT_EVERYWHERE = "session:logout_everywhere"
    PASSWORD_CHANGED = "password:change"  # noqa: S105
    PASSWORD_CHANGE_FAILED = "password:change_failed"  # noqa: S105
    PASSWORD_RESET = "password:reset"  # noqa: S105
    USER_CREATED = "user:create"
    USER_DISABLED = "user:disable"
    USER_ENABLED = "user:enable"
    USER_ROLE = "user:role"
    USER_DELETED = "user:delete"
    GROUP_CREATED = "group:create"
    GROUP_RENAMED = "group:rename"
    GROUP_DELETED = "group:delete"
    GROUP_MEMBER_ADDED = "group:add_member"
    GROUP_MEMBER_REMOVED = "group:remove_member"
    API_KEY_CREATED = "api_key:create"
    API_KEY_REVOKED = "api_key:revoke"
    GRANT_PUT = "grant:put"
    GRANT_DELETED = "grant:delete"
    COLLECTION_CREATED = "collection:create"
    COLLECTION_UPDATED = "collection:update"
    COLLECTION_DELETED = "collection:delete"
    DOCUMENT_UPLOADED = "document:upload"
    DOCUMENT_RETRIED = "document:retry"
    DOCUMENT_MOVED = "document:move"
    DOCUMENT_DELETED = "document:delete"
    DOCUMENT_DOWNLOADED = "document:download"
    QUESTION_ASKED = "question:ask"
    QUESTION_SEARCHED = "question:search"
    CONVERSATION_SHARED = "conversation:share"
    CONVERSATION_UNSHARED = "conversation:unshare"
    CONVERSATION_FORKED = "conversation:fork"
    CONVERSATION_EXPORTED = "conversation:export"
    CONVERSATION_DELETED = "conversation:delete"
    JOB_CANCELLED = "job:cancel"
    MODEL_REINDEX = "model:reindex"
    EVALUATION_STARTED = "evaluation:start"
    LIMIT_SET = "limit:set"
    LIMIT_CLEARED = "limit:clear"
    SETTING_CHANGED = "setting:change"
    RECEIPT_PROVED = "receipt:prove"
    CHECK_STARTED = "check:start"
    AUDIT_EXPORTED = "audit:export"
    AUDIT_VERIFIED = "audit:verify"
    AUDIT_PRUNED = "audit:prune"
    BACKUP_CREATED = "backup:create"
    BACKUP_VERIFIED = "backup:verify"
    BACKUP_DELETED = "backup:delete"
    RESTORED = "backup:restore"

    @property
    def subject(self) -> str:
        """The part before the colon."""
        return self.value.partition(":")[0]

    @property
    def action(self) -> str:
        """The part after the colon."""
        return self.value.partition(":")[2]
