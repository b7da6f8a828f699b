"""What can go wrong with the embedded servers, as one sentence and the way out."""

import errno
import os
from pathlib import Path

_NO_SPACE = "No space left on device"


class EmbeddedError(RuntimeError):
    """The services cannot run; the message is the sentence that the person reads."""


def disk_full(folder: Path) -> EmbeddedError:
    """Return the error for a disk without room for the databases."""
    return EmbeddedError(
        f"The disk that holds {folder} is full. Free some space, or set AURA_HOME to a folder "
        "on another disk."
    )


def from_os_error(error: OSError, folder: Path) -> EmbeddedError:
    """Return the sentence for an operating system error met while preparing `folder`."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(folder)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return EmbeddedError(
            f"{error.filename or folder} cannot be written ({error.strerror}). Run Aura as the "
            "owner of that folder, or set AURA_HOME to a folder of your own."
        )
    return EmbeddedError(f"{folder} cannot be prepared: {error}. Or set AURA_HOME to another one.")


def from_log(server: str, text: str, *, folder: Path, log: Path) -> EmbeddedError:
    """Return the sentence for a server that ended while starting.

    `text` is what it wrote since it was started; messages are English because the servers run
    with the C locale.
    """
    if _NO_SPACE in text:
        return disk_full(folder)
    if "has wrong ownership" in text or "has invalid permissions" in text:
        return EmbeddedError(
            f"{folder} belongs to another user or is open to others. Run Aura as its owner with "
            "mode 0700 on it, or set AURA_HOME to a folder of your own."
        )
    if "could not look up effective user ID" in text:
        return EmbeddedError(
            f"PostgreSQL needs a user with a name, and user id {os.geteuid()} has no line in "
            "/etc/passwd. Add one, or set DATABASE_URL to a server of your own."
        )
    if "already exists" in text and "postmaster.pid" in text:
        return EmbeddedError(
            f"Another PostgreSQL still uses {folder}. Stop it, then start Aura again."
        )
    words = [line.strip() for line in text.splitlines() if line.strip()]
    severe = [line for line in words if "FATAL:" in line or "PANIC:" in line or "error:" in line]
    last = (severe or words or ["it wrote nothing"])[-1]
    return EmbeddedError(f"{server} did not start: {last} (whole log: {log})")
