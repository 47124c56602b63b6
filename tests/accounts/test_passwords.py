"""How the program itself hashes passwords: the suite hashes cheaply, so a process of its own is asked."""

import subprocess
import sys

import argon2


def test_the_program_hashes_at_least_as_owasp_asks() -> None:
    """OWASP's password storage guidance: Argon2id with 19 MiB, two passes, one lane at least."""
    script = "from calendar_app.accounts import passwords; print(passwords.hash_password('a'))"
    stored = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    parameters = argon2.extract_parameters(stored)
    assert parameters.type is argon2.Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
