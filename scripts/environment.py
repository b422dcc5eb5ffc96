"""Make .venv hold exactly what a lock file says, or say in one sentence why that cannot be.

    python3 scripts/environment.py run        what the portal needs
    python3 scripts/environment.py cluster    that, and what several processes of it need
    python3 scripts/environment.py test       that, and what the tests and checks need

It starts under any Python 3.6, so that an old one gets a sentence and not a traceback. A stamp inside .venv names the
locks that are fully installed; it goes before an installation starts and comes back when it is complete, so an
interrupted one is seen and begun afresh.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
OLDEST = (3, 11)
INSTALLER = os.path.join(ROOT, "scripts", "installer.lock")
# Each holds all of the one before it, in the same versions.
LOCKS = {
    "run": os.path.join(ROOT, "requirements.lock"),
    "cluster": os.path.join(ROOT, "requirements-cluster.lock"),
    "test": os.path.join(ROOT, "requirements-test.lock"),
}
LEVELS = list(LOCKS)


def main(level):
    use_a_new_enough_python()
    try:
        # Two `make` at once: the second waits, and then finds the work done.
        with_lock = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(with_lock, fcntl.LOCK_EX)
        if stamp_line(level) not in stamps():
            # A developer's environment stays one when only `make run` is asked for.
            install(max([level, *(line.split()[0] for line in stamps())], key=LEVELS.index))
    except OSError as error:
        fail(f"The environment in {VENV} could not be made: {error}.")


def use_a_new_enough_python():
    """Go on under another python3.x of this machine when the one called `python3` is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        if shutil.which(name):
            os.execvp(name, [name, *sys.argv])  # noqa: S606 - no shell wanted
    have = ".".join(str(part) for part in sys.version_info[:3])
    fail(
        f"Client Portal needs Python 3.11 or newer, and python3 is {have} here: install a newer one "
        "and name it with PYTHON=, as in `make run PYTHON=/usr/bin/python3.12`."
    )


def stamp_line(level):
    """The line that stands in the stamp when this level is installed; it changes with the lock and with Python."""
    with open(LOCKS[level], "rb") as lock:
        digest = hashlib.sha256(lock.read()).hexdigest()
    return f"{level} {installed_python()} {digest}"


def installed_python():
    """The version of .venv's own Python ("3.11"), or "" when it does not run."""
    try:
        command = [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        return subprocess.check_output(command, stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def stamps():
    try:
        with open(STAMP) as stamp:
            return stamp.read().splitlines()
    except OSError:
        return []


def install(level):
    whole = any(f" {installed_python()} " in line for line in stamps())
    if whole:
        say("The list of packages has changed: bringing .venv up to date.")
        os.remove(STAMP)
    else:
        make_venv()
    if not fill_with_uv(level) and not fill_with_pip(level):
        fail("The packages could not be installed, see above. Is the network there? The same command tries again.")
    done = LEVELS[: LEVELS.index(level) + 1]
    with open(STAMP + ".new", "w") as stamp:
        stamp.write("".join(stamp_line(each) + "\n" for each in done))
    os.replace(STAMP + ".new", STAMP)


def make_venv():
    try:
        import ensurepip  # noqa: F401 - only asked whether it is there
        import venv  # noqa: F401
    except ImportError:
        version = "%d.%d" % sys.version_info[:2]
        fail(
            f"This Python cannot make environments: install the Debian package python3-venv (or python{version}-venv), "
            "as in `apt-get install python3-venv`, and run the same command again."
        )
    if not os.access(ROOT, os.W_OK):
        fail(f"The folder {ROOT} cannot be written: copy the code to a place of your own.")
    if os.path.islink(VENV) or os.path.isfile(VENV):
        fail(f"{VENV} is not a folder of this project's: move it away and run the same command again.")
    say("Making the environment in .venv (only this once, less than a minute).")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        fail(f"Python could not make the environment in {VENV}, see above.")


def fill_with_uv(level):
    """uv: seconds where pip takes a minute. Comes as a package itself, with its hashes."""
    if not pip("--quiet", "-r", INSTALLER):
        return False
    command = [PYTHON, "-m", "uv", "pip", "sync", "--require-hashes", "--python", PYTHON]
    # Of what the tests bring most is never imported: twenty seconds of computing for nothing.
    if level != "test":
        command.append("--compile-bytecode")
    if not sys.stderr.isatty():
        command.append("--quiet")
    return subprocess.call([*command, LOCKS[level]], env=environment()) == 0


def fill_with_pip(level):
    """Where uv does not run, or where only pip knows the way to the packages."""
    say("Trying again with pip, which takes longer.")
    return pip("-r", LOCKS[level])


def pip(*arguments):
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes", *arguments]
    return subprocess.call(command, env=environment()) == 0


def environment():
    mine = {"PIP_USER": "0", "UV_PYTHON_DOWNLOADS": "never"}
    # What the system trusts, as pip does: many a network has an authority of its own.
    usual = {"UV_LINK_MODE": "copy", "UV_SYSTEM_CERTS": "1"}
    return {**usual, **os.environ, **mine}


def say(sentence):
    print(sentence, file=sys.stderr, flush=True)


def fail(sentence):
    say(sentence)
    sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        fail("Usage: python3 scripts/environment.py run|cluster|test")
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        say("\nStopped. The same command starts again.")
        sys.exit(130)
