"""Database backend whose current workspace follows the code (a context variable), not the thread.

django-tenants keeps the tenant on the per-thread connection object. In asynchronous code that
object belongs to somebody else, and rows of another workspace come back (stack.md 3.2).
"""

from contextvars import ContextVar
from typing import Any

from django.db.utils import DatabaseError
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsWrapper
from django_tenants.postgresql_backend.base import FakeTenant

_current: ContextVar[tuple[Any, bool] | None] = ContextVar("aura_workspace", default=None)
_PUBLIC = FakeTenant(schema_name="public")


def role_of(schema: str) -> str:
    """Name of the PostgreSQL role that owns nothing and may only reach `schema`."""
    return f"t_{schema}"


class DatabaseWrapper(TenantsWrapper):
    """PostgreSQL with search_path and role re-issued whenever the wanted workspace differs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The parent's __init__ calls set_tenant(public); a new connection must not reset the
        # workspace of the code that happened to open it.
        self._initialising = True
        self._setting_search_path = False
        self._sent: str | None = None
        super().__init__(*args, **kwargs)
        self._initialising = False

    # The parent assigns these; the truth lives in the context variable.
    @property
    def tenant(self) -> Any:
        state = _current.get()
        return state[0] if state else _PUBLIC

    @tenant.setter
    def tenant(self, value: Any) -> None: ...

    @property
    def schema_name(self) -> str:
        return str(self.tenant.schema_name)

    @schema_name.setter
    def schema_name(self, value: str) -> None: ...

    @property
    def include_public_schema(self) -> bool:
        state = _current.get()
        return state[1] if state else True

    @include_public_schema.setter
    def include_public_schema(self, value: bool) -> None: ...

    @property
    def search_path_set_schemas(self) -> str | None:
        return self._sent

    @search_path_set_schemas.setter
    def search_path_set_schemas(self, value: object) -> None:
        # The parent clears this on rollback, savepoint rollback and close: SET is transactional.
        self._sent = None

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:  # noqa: FBT001, FBT002
        """Choose the workspace for the code that runs from here on, in this context only."""
        if not self._initialising:
            _current.set((tenant, include_public))

    def _handle_search_path(self, cursor: Any = None) -> None:
        wanted = self._wanted()
        if self._setting_search_path or self._sent == wanted:
            return
        self._setting_search_path = True
        try:
            with self.connection.cursor() as own:
                own.execute(wanted)
        except self.Database.errors.InFailedSqlTransaction:
            # The transaction is already lost; only its rollback can follow, and that clears _sent.
            self._sent = None
        except self.Database.Error as error:
            self._sent = None
            raise DatabaseError(*error.args) from error
        else:
            self._sent = wanted
        finally:
            self._setting_search_path = False

    def _wanted(self) -> str:
        path = ",".join(f'"{part}"' for part in self._get_cursor_search_paths())
        if self.schema_name == "public" or self.settings_dict.get("AS_OWNER"):
            return f"SET ROLE NONE; SET search_path = {path}"
        return f'SET ROLE "{role_of(self.schema_name)}"; SET search_path = {path}'
