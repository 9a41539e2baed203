"""`swathe`: parses the command line, runs a command, and turns whatever comes out into an exit code.

0 done; 1 partitions or audits failed, or partitions were blocked; 2 the user must fix something; 3 a bug of ours;
4 `plan --check`: there is work; 130 and 143 stopped by Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from swathe.cli.arguments import Interrupted
from swathe.cli.commands import command_line
from swathe.cli.encoding import prepare_streams
from swathe.cli.errors import format_bug, format_error, format_usage, redacted
from swathe.cli.interrupt import Interrupts, listening
from swathe.cli.options import Invocation, ProjectArgs
from swathe.errors import SwatheError

FIX = 2
BUG = 3
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""typer exports only one of its usage errors."""

_USERS_OWN = {errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EMFILE}
"""Refusals of the operating system that no code of ours can mend."""


def main() -> None:
    """The entry point. Exits the process."""
    # A command makes many values and few circles of them: to look for those at every 700 takes a tenth of its time.
    gc.set_threshold(200_000, 20, 20)
    code = run(sys.argv[1:])
    # What is left goes with the process: to look for circles in all of it, as Python does at the end, takes long.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line. Returns the exit code."""
    prepare_streams()
    invocation = Invocation()
    with listening() as interrupts:
        try:
            code = _invoke(arguments, invocation)
        except BaseException as error:  # noqa: BLE001 - the last place that can say anything
            code = _failed(error, invocation, interrupts)
    if interrupts.signal is not None and code == 130:
        code = interrupts.exit_code
    return _flushed(code)


def _invoke(arguments: Sequence[str], invocation: Invocation) -> int:
    code = command_line(arguments).main(list(arguments), prog_name="swathe", standalone_mode=False, obj=invocation)
    return code if isinstance(code, int) else 0


def _failed(error: BaseException, invocation: Invocation, interrupts: Interrupts) -> int:
    """Say what happened on stderr. Returns the exit code."""
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if interrupts.signal is not None or isinstance(error, Interrupted | KeyboardInterrupt | typer.Abort):
        _say("\ninterrupted\n" if sys.stderr.isatty() else "interrupted\n")
        return interrupts.exit_code
    if isinstance(error, BrokenPipeError | SystemExit):
        # typer exits by itself when a reader of our output has gone away.
        return 0
    if isinstance(error, SwatheError):
        _say(format_error(error, _root(invocation), color=color), _secrets(invocation))
    elif isinstance(error, _UsageError):
        _say(_usage(error, color=color))
    elif isinstance(error, OSError) and error.errno in _USERS_OWN:
        where = f" `{error.filename}`" if error.filename else ""
        refused = SwatheError(f"the operating system refused{where}: {error.strerror}")
        _say(format_error(refused, None, color=color))
    else:
        _say(format_bug(error, debug=invocation.debug, color=color), _secrets(invocation))
        return BUG
    return FIX


def _usage(error: Exception, *, color: bool) -> str:
    if type(error).__name__ == "NoArgsIsHelpError":
        return f"{error}\n"
    context = getattr(error, "ctx", None)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    # Where typer checks values with pydantic, its messages begin like this.
    message = message.replace("Value error, ", "")
    return format_usage(message, context.command_path if context else "swathe", color=color)


def _root(invocation: Invocation) -> Path | None:
    from swathe.project.settings import find_root

    try:
        return find_root(invocation.project_dir, Path.cwd())
    except (SwatheError, OSError):
        return None


def _secrets(invocation: Invocation) -> frozenset[str]:
    """Those of the profile that the command used; none when there is no such profile, or it can't be read."""
    from swathe.api.workspace import load_connection

    args = ProjectArgs(
        target=invocation.target,
        profile=invocation.profile,
        profiles_dir=invocation.profiles_dir,
        project_dir=invocation.project_dir,
    )
    try:
        return load_connection(args.options()).profile.secrets
    except (SwatheError, OSError):
        return frozenset()


def _say(text: str, secrets: Iterable[str] = ()) -> None:
    try:
        sys.stderr.write(redacted(text, os.environ, secrets))
        sys.stderr.flush()
    except OSError:
        pass


def _flushed(code: int) -> int:
    """Flush stdout now, so that a reader that went away is not noticed at exit, loudly."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _say(format_error(SwatheError(f"can't write to stdout: {error.strerror}"), None, color=False))
        _discard_stdout()
        return code or FIX
    return code


def _discard_stdout() -> None:
    from swathe.cli.console import discard

    discard(sys.stdout)
