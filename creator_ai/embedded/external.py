"""Are the servers that DATABASE_URL and REDIS_URL name there, and new enough?"""

import sys
from urllib.parse import urlsplit

import psycopg
import redis

from creator_ai.env import ConfigurationError, env_secret

OLDEST_POSTGRES = 16
OLDEST_REDIS = (6, 2)
_SECONDS = 5


def database_problem(variable: str, url: str) -> str | None:
    """Return what is wrong with the database at `url` as one sentence, None when it will do.

    Connects once; changes nothing. The sentence names the variable, never a password.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        return f"{variable} must look like postgresql://user:password@host:5432/name."
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS, autocommit=True) as connection:
            version = connection.info.server_version // 10000
            vector = connection.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
            ).fetchone()
    except psycopg.Error as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        return (
            f"{variable} is set, but {_place(url)} cannot be used: {reason}. Correct or unset it; "
            "unset, Aura starts its own PostgreSQL."
        )
    if version < OLDEST_POSTGRES:
        return (
            f"{variable} names PostgreSQL {version} at {_place(url)}; Aura needs "
            f"{OLDEST_POSTGRES} or newer. Unset it to let Aura start its own."
        )
    if vector is None:
        return (
            f"The PostgreSQL server of {variable} at {_place(url)} lacks pgvector. Install its "
            f"package (on Debian: postgresql-{version}-pgvector), or unset the variable."
        )
    return None


def redis_problem(variable: str, url: str) -> str | None:
    """Return what is wrong with the Redis or Valkey at `url` as one sentence, or None."""
    client: redis.Redis | None = None
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, decode_responses=True
        )
        version = str(client.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        reason = str(error).rstrip(".")
        return (
            f"{variable} is set, but {_place(url)} cannot be used: {reason}. Correct or unset it; "
            "unset, Aura starts its own Valkey."
        )
    finally:
        if client is not None:
            client.close()
    # Valkey answers with the Redis version that it is compatible with.
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        oldest = ".".join(str(part) for part in OLDEST_REDIS)
        return (
            f"{variable} names Redis {version} at {_place(url)}; Aura needs {oldest} or newer, or "
            "Valkey. Unset it to let Aura start its own."
        )
    return None


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'the local socket'}:{parts.port or 'default'}{parts.path}"
    except ValueError:
        return "its address"


def main() -> int:
    """Check what is set; print the first problem as one line and return 1, else 0."""
    checks = [
        ("DATABASE_URL", database_problem),
        ("DATABASE_OWNER_URL", database_problem),
        ("REDIS_URL", redis_problem),
    ]
    try:
        for variable, problem in checks:
            url = env_secret(variable, default="")
            found = problem(variable, url) if url else None
            if found:
                print(" ".join(found.split()), file=sys.stderr)  # noqa: T201
                return 1
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
