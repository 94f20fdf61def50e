"""
Loads files of the raw bucket into the warehouse: every minute, and at once when it is triggered.

Works on Airflow 3.x and 2.10+. All that is known about files, S3 and PostgreSQL is in the loader
(`warehouse/main.ts`); this file only says what runs when. The environment of the tasks decides:

- `AUTOMOTIVE_HOME`: the project's folder. Default: the one that `airflow/dags/` is in.
- `AUTOMOTIVE_DENO`: the program `deno`. Default: the one on the PATH.
- `AUTOMOTIVE_SLA_SECONDS`: how long a file may wait to be loaded. Default: 900.

and whatever the loader reads itself (`AWS_*`, `RAW_BUCKET`, …) or finds in the project's `.env`.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import IO

try:  # Airflow 3
    from airflow.sdk import dag, get_current_context, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

try:  # Airflow 3.1+
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException

MAX_FILES = 1_000
"""Files a run takes at most: Airflow maps over 1,024 (`[core] max_map_length`) by default."""

FINAL_EXIT_CODES = (1, 2)
"""How the loader ends when an immediate second try would give the same: it failed for a reason that
it has said, or its command line was wrong. Everything else (a signal, no memory) is an accident."""

log = logging.getLogger("airflow.task")


def loader(*args: str, log_results: bool = True) -> list[str]:
    """
    Runs the loader and gives the lines of its results; its output goes to the task's log, too.

    :raises AirflowFailException: when it failed, and would again
    :raises RuntimeError: when it broke off
    """
    home = os.environ.get("AUTOMOTIVE_HOME") or str(Path(__file__).resolve().parents[2])
    deno = os.environ.get("AUTOMOTIVE_DENO") or "deno"
    command = [deno, "run", "-q", "-P=loader", "warehouse/main.ts", *args]
    log.info("In %s: %s", home, " ".join(command))
    diagnostics: deque[str] = deque(maxlen=5)
    with running(command, home) as process:
        # Both pipes have to be emptied at the same time: a full one would stop the loader.
        warnings = lines(process.stderr, logging.WARNING)
        reader = Thread(target=lambda: diagnostics.extend(warnings), daemon=True)
        reader.start()
        results = list(lines(process.stdout, logging.INFO if log_results else logging.DEBUG))
        reader.join()
        code = process.wait()
    if code == 0:
        return results
    why = f"The loader ended with exit code {code}: {' '.join(diagnostics) or 'it did not say why'}"
    raise (AirflowFailException if code in FINAL_EXIT_CODES else RuntimeError)(why)


@contextmanager
def running(command: list[str], home: str) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the task, even if that is stopped or takes too long."""
    try:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise AirflowFailException(
            f"Cannot start {command[0]} in {home}: {error.strerror}; "
            "set AUTOMOTIVE_DENO to the program deno and AUTOMOTIVE_HOME to the project's folder"
        ) from error
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def lines(stream: IO[str] | None, level: int) -> Iterator[str]:
    """Gives a stream's lines as they come, and logs them."""
    for line in stream or ():
        line = line.rstrip()
        if line:
            log.log(level, "%s", line)
            yield line


def checked(keys: object) -> list[str]:
    """The keys of a run's configuration, each once."""
    if isinstance(keys, list) and all(isinstance(key, str) and key for key in keys):
        return list(dict.fromkeys(keys))
    raise AirflowFailException(
        f"keys of the run's configuration must be a list of strings, not {keys!r:.200}"
    )


@dag(
    dag_id="event_driven_real_time_etl",
    description="Loads files of the raw bucket into the warehouse, each exactly once",
    schedule="* * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    is_paused_upon_creation=False,
    # A run with many files does not hold up the next ones; more runs than two would only find the
    # same files once more.
    max_active_runs=2,
    default_args={
        "owner": "automotive",
        # For accidents only. What the loader itself calls a failure is not repeated: an unreadable
        # file stays unreadable, and one that could not be loaded because S3 or PostgreSQL was away
        # still waits in the raw bucket, where the run of the next minute finds it.
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
    },
    tags=["automotive", "etl", "kafka", "s3"],
    doc_md="""
### Event driven real time ETL

Loads the files of the raw bucket into the warehouse, those that the consumer has landed and those of
other writers (CSV, JSON, XLSX, in any folder). Runs every minute by itself, and at once when it is
triggered.

| task | what it does |
|---|---|
| `find` | takes the keys of the run's configuration, else those that wait; none: nothing is loaded |
| `load` | one for each file: loads and archives it; one that was loaded before is no failure |
| `sla` | fails if a streamed file has been waiting for too long (`AUTOMOTIVE_SLA_SECONDS`, 900), whatever the others did |
| `all_loaded` | fails if a file of the run still waits; an unreadable one does not: it is remembered |

To load certain files, trigger it with `{"keys": ["sales/sales_20260226_102345.csv"]}`.

A run takes at most 1,000 files, the oldest first; the next run takes the next ones. Loading is
exactly once however often a file is offered, so runs may overlap, and any task may be cleared.
A file that cannot be loaded fails its own task and not those of the others. One that cannot be read
is remembered by the loader with the reason: its task is red, the run is green, and later runs find
it only if their configuration names it. One that could not be loaded for another reason still waits:
the run fails, and the next one tries again.
""",
)
def event_driven_real_time_etl() -> None:
    """find → load (one task a file) → sla, all_loaded."""

    @task
    def find() -> list[str]:
        """Gives the keys of the files to load."""
        conf = get_current_context()["dag_run"].conf or {}
        if "keys" in conf:
            keys = checked(conf["keys"])
        else:
            keys = loader("--list", log_results=False)
        if len(keys) > MAX_FILES:
            log.warning("%d files wait: %d are for the next runs", len(keys), len(keys) - MAX_FILES)
        return keys[:MAX_FILES]

    @task(map_index_template="{{ task.op_kwargs['key'] }}", max_active_tis_per_dag=4)
    def load(key: str) -> None:
        """Loads a file."""
        loader("--key", key)

    # Also when there was nothing to load, or finding it has failed: files may wait all the same.
    @task(trigger_rule="all_done")
    def sla() -> None:
        """Fails if a file waits for too long."""
        loader("--sla", os.environ.get("AUTOMOTIVE_SLA_SECONDS") or "900")

    # A run is what its last tasks are: this one tells what is wrong with a file, and will stay so
    # until somebody fixes it, from what is wrong with S3, PostgreSQL or the loader.
    @task(trigger_rule="none_skipped")
    def all_loaded(keys: list[str]) -> None:
        """Fails if a file of the run still waits."""
        waiting = set(loader("--list", log_results=False))
        if left := [key for key in keys if key in waiting]:
            raise AirflowFailException(f"{len(left)} files still wait: {', '.join(left[:3])}")

    keys = find()
    load.expand(key=keys) >> [sla(), all_loaded(keys)]


event_driven_real_time_etl()
