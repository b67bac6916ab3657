"""Other users of the box, who ask the agent over its control socket as themselves."""

import grp
import json
import os
import pwd
import secrets
import socket
import subprocess


class Users:
    """Users and groups that are made for a test and removed after it. Only root can."""

    TECHNICIANS = "edged-technicians"

    def __init__(self):
        self.mark = secrets.token_hex(3)
        self.made_users, self.made_groups = [], []
        self.readers = self._group(f"edgeread-{self.mark}")
        try:
            self.technicians = grp.getgrnam(self.TECHNICIANS).gr_gid
        except KeyError:
            self.technicians = self._group(self.TECHNICIANS)

    def _group(self, name):
        subprocess.run(["groupadd", "--system", name], check=True, capture_output=True)
        self.made_groups.append(name)
        return grp.getgrnam(name).gr_gid

    def user(self, name, *groups):
        """A new user in those groups."""
        name = f"{name}-{self.mark}"
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--groups", ",".join(map(str, groups)), name],
            check=True, capture_output=True)
        self.made_users.append(name)
        return name

    def remove(self):
        for name in self.made_users:
            subprocess.run(["userdel", name], check=True, capture_output=True)
        for name in self.made_groups:
            subprocess.run(["groupdel", name], check=True, capture_output=True)


def ask_as(user, path, seconds=15.0, **request):
    """Asks as a user with all their groups, from a process of its own: credentials are the process's."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b""
        try:
            os.close(reading)
            os.setgroups(groups)
            os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
            os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(seconds)
                line.connect(str(path))
                line.sendall(json.dumps(request).encode() + b"\n")
                while not answer.endswith(b"\n\n"):
                    part = line.recv(65536)
                    if not part:
                        break
                    answer += part
        except OSError as error:
            answer = json.dumps({"outcome": "error", "errno": error.errno}).encode()
        finally:
            os.write(writing, answer.strip())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer)
