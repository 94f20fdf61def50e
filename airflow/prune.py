"""
Keeps what Airflow remembers of its runs from growing for ever: a run a minute leaves some rows in the
database and a log file for each of its tasks.

`AUTOMOTIVE_KEEP_DAYS` says how many days of it stay. Default: 7.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

FIRST = 60
"""How long after the start of Airflow it is pruned first, in s: its start takes the machine's time."""
EVERY = 24 * 60 * 60
"""How often then, in s."""
AGAIN = 60
"""How long after it failed it is tried again, in s: SQLite refuses when a task holds the database."""
DEFAULT_DAYS = 7
TABLES = (
    "dag_run",
    "job",
    "log",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "xcom",
)
"""What grows with every run. All tables would be the DAG itself, too, until it is parsed again."""


class Pruner:
    """Prunes from time to time, in a process of its own: nobody waits for the database."""

    def __init__(self, airflow: Path, home: Path) -> None:
        self.airflow = airflow
        self.home = home
        self.due = time.monotonic() + FIRST
        self.cleaning: subprocess.Popen[bytes] | None = None

    def run_if_due(self) -> None:
        """Begins to prune when it is time to; returns at once."""
        if self.cleaning is not None and self.cleaning.poll() is not None:
            if self.cleaning.returncode != 0:
                self.due = time.monotonic() + AGAIN
                print(
                    f"Airflow's database could not be pruned, again in {AGAIN} s: see the lines before",
                    flush=True,
                )
            self.cleaning = None
        if self.cleaning is not None or time.monotonic() < self.due:
            return
        self.due = time.monotonic() + EVERY
        before = datetime.now(timezone.utc) - timedelta(days=days())
        remove_logs(self.home / "logs", before)
        self.cleaning = subprocess.Popen(clean_command(self.airflow, before))


def days() -> float:
    """How many days of runs and logs stay; the default where the variable is no such number."""
    text = os.environ.get("AUTOMOTIVE_KEEP_DAYS", "")
    return float(text) if text.replace(".", "", 1).isdigit() else DEFAULT_DAYS


def clean_command(airflow: Path, before: datetime) -> Sequence[str]:
    """What removes old runs from the database; the last run of a DAG stays always."""
    return [
        str(airflow),
        "db",
        "clean",
        "--clean-before-timestamp",
        before.isoformat(timespec="seconds"),
        "--tables",
        ",".join(TABLES),
        "--skip-archive",
        "--yes",
    ]


def remove_logs(logs: Path, before: datetime) -> None:
    """Removes the folders of runs, and of days of the DAG processor, that nobody has written to since."""
    for folder in logs.glob("*/*"):
        try:
            if folder.is_symlink() or not folder.is_dir():
                continue
            newest = max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
            if newest < before.timestamp():
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # Airflow is at it.
