"""
Runs what the pipeline needs of Airflow, natively and in a container alike: API server, scheduler and
DAG processor, on SQLite; and prunes what it remembers (`prune.py`).

Not `airflow standalone`: that also runs a triggerer and two log servers which listen on every
interface (half of its memory), leaves its children behind when it gets SIGTERM, and after SIGINT
often waits for ever for a scheduler that waits for its idle workers.

Reads AIRFLOW_HOME (database and logs), AIRFLOW_USERNAME and AIRFLOW_PASSWORD, AUTOMOTIVE_HOME (the
project's folder), and Airflow's own AIRFLOW__API__HOST and AIRFLOW__API__PORT. Arguments are ignored:
they tell one such process from another in a list of processes.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil

from prune import Pruner

AIRFLOW = Path(sys.executable).parent / "airflow"
COMMANDS = [["api-server"], ["scheduler", "--skip-serve-logs"], ["dag-processor"]]
TASKS_GRACE = 8
"""How long running tasks may take when Airflow ends, in s; the next start repeats the others."""
API_GRACE = 3
"""How long the API server may take then."""


def main() -> int:
    if os.getsid(0) != os.getpid():
        os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
    parts: list[subprocess.Popen[bytes]] = []
    try:
        configure()
        subprocess.run([AIRFLOW, "db", "migrate"], check=True)
        parts += [subprocess.Popen([AIRFLOW, *command]) for command in COMMANDS]
        pruner = Pruner(AIRFLOW, Path(os.environ["AIRFLOW_HOME"]))
        while all(part.poll() is None for part in parts):
            pruner.run_if_due()
            time.sleep(0.2)
        return 1  # One without the others is no Airflow.
    except KeyboardInterrupt:
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if parts:
            end(*parts)
        for pid in session():
            os.kill(pid, signal.SIGKILL)
        for part in parts:
            part.wait()


def configure() -> None:
    """Sets Airflow's configuration, as far as the environment does not."""
    home = Path(os.environ["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    user = os.environ.get("AIRFLOW_USERNAME") or "automotive"
    password = os.environ.get("AIRFLOW_PASSWORD") or "automotive-local"
    project = os.environ.get("AUTOMOTIVE_HOME") or Path(__file__).resolve().parents[1]
    configuration = {
        "CORE__DAGS_FOLDER": f"{project}/airflow/dags",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{user}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": secret(
            home / "passwords.json", json.dumps({user: password})
        ),
        # Tasks report there; by default on port 8080, whatever the port is.
        "API__BASE_URL": f"http://127.0.0.1:{os.environ.get('AIRFLOW__API__PORT') or 8080}",
        "API_AUTH__JWT_SECRET": jwt_secret(home / "jwt_secret"),
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # What tasks say stays: the loader's output is among it.
        "LOGGING__NAMESPACE_LEVELS": "airflow=WARNING airflow.task=INFO http.access=WARNING "
        "uvicorn=WARNING supervisor=WARNING py.warnings=ERROR alembic=WARNING",
    }
    for name, value in configuration.items():
        os.environ.setdefault(f"AIRFLOW__{name}", value)
    # Airflow starts its parts by their names.
    os.environ["PATH"] = f"{AIRFLOW.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    # It holds absolute paths, and secrets that it has made up.
    (home / "airflow.cfg").unlink(missing_ok=True)


def jwt_secret(path: Path) -> str:
    """The secret that signs tokens: made once, so that tasks survive a restart."""
    if not path.exists():
        secret(path, secrets.token_hex(32))
    return path.read_text()


def secret(path: Path, text: str) -> str:
    """Writes a file that nobody else may read, and gives its path."""
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)


def end(api_server: subprocess.Popen[bytes], *others: subprocess.Popen[bytes]) -> None:
    for part in others:
        part.terminate()
    # Tasks report to the API server. Only they have process groups of their own.
    until(TASKS_GRACE, lambda: all(os.getpgid(pid) == os.getpid() for pid in session()))
    api_server.terminate()
    until(API_GRACE, lambda: api_server.poll() is not None)


def session() -> Iterator[int]:
    """Every other process of this session, whoever its parent is."""
    for pid in psutil.pids():
        try:
            if pid != os.getpid() and os.getsid(pid) == os.getpid():
                yield pid
        except OSError:
            pass


def until(seconds: float, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass  # A process ended between the look at the list and the look at itself.
        time.sleep(0.1)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
