#!/usr/bin/env python3
"""Run a command beside a PostgreSQL server of its own, which is gone afterwards.

    tools/throwaway_postgres.py python -m pytest

The server lives in a temporary folder, listens on a socket in it and on no port; the command finds it through
DATABASE_URL. Ends with the command's exit status, or with 69 when the server programs are not on this machine.
Needs nothing but the standard library.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

MISSING = "PostgreSQL's server programs were not found; to test on it: apt-get install postgresql"
EX_UNAVAILABLE = 69
ROLE = DATABASE = "duidan"
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
STARTS_WITHIN = 30  # seconds
STOPS_WITHIN = 10  # seconds
# Nothing in it outlives the command, so nothing is worth waiting for the disk.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}


def version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def find_programs() -> Path | None:
    """The folder that holds both initdb and postgres, the newest version first where several are installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    on_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    homebrew = sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True)
    for folder in (*installed, *on_path, *homebrew):
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


def owner() -> pwd.struct_passwd | None:
    """Whom the server runs as when root starts it, which PostgreSQL refuses to do as root; None for anyone else."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@contextmanager
def throwaway_postgres(programs: Path):
    """Yields the DATABASE_URL of a running server; stops it and removes its folder whatever happens inside."""
    # A socket's path may have about 100 characters, which the temporary folder of macOS nearly fills.
    folder = Path(tempfile.mkdtemp(prefix="duidan-pg-", dir="/tmp"))
    server = None
    try:
        user = owner()
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        create_cluster(programs, folder, identity)
        server = start(programs, folder, identity)
        yield f"postgres://{ROLE}@{quote(str(folder), safe='')}/{DATABASE}"
    finally:
        if server:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def create_cluster(programs: Path, folder: Path, identity: dict):
    """Only the folder's owner can reach the socket, so connections need no password."""
    data = folder / "data"
    settle = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, **identity}
    initdb = [programs / "initdb", "--pgdata", data, "--username", ROLE]
    subprocess.run([*initdb, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"], **settle)
    single = [programs / "postgres", "--single", "-D", data, "-c", "log_checkpoints=off", "postgres"]
    subprocess.run(single, input=f"CREATE DATABASE {DATABASE};\n".encode(), **settle)


def start(programs: Path, folder: Path, identity: dict) -> subprocess.Popen:
    """The running server, once it takes connections; raises SystemExit with its log when it does not."""
    log = folder / "log"
    options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    with log.open("wb") as stderr:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            # Ctrl-C in the terminal is for the command first; the server is stopped after it.
            process_group=0,
            **identity,
        )
    status = folder / "data" / "postmaster.pid"
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        if status.exists() and "ready" in status.read_text():
            return server
        time.sleep(0.05)
    stop(server)
    raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}")


def stop(server: subprocess.Popen):
    for demand in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, at once, by force
        if server.poll() is None:
            server.send_signal(demand)
            try:
                server.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                continue


def leave(number, frame):
    """Turns the first signal into an exception, so that the server is stopped on the way out."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    programs = find_programs()
    if programs is None:
        print(MISSING, file=sys.stderr)
        return EX_UNAVAILABLE
    for number in SIGNALS:
        signal.signal(number, leave)
    with throwaway_postgres(programs) as url:
        child = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
