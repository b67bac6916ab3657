"""What stands still: one thread of a process while all others run on, or a folder into which nobody gets an answer."""

import contextlib
import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000
MNT_DETACH = 2


def thread_of(pid, name, number=0):
    """The id of the thread of that name, of several the one of that number, the oldest first.

    The process's first thread has the program's name, and so has every other that was not given one.
    """
    found = []
    for thread in sorted(os.listdir(f"/proc/{pid}/task"), key=int):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as comm:
            if comm.read().strip() == name:
                found.append(int(thread))
    if number < len(found):
        return found[number]
    raise AssertionError(f"process {pid} has no thread {name} with number {number}")


@contextlib.contextmanager
def frozen(pid, name, number=0):
    """Holds a thread still with ptrace(2), from the calling thread; it goes on at the end."""
    thread = thread_of(pid, name, number)

    def request(what):
        if libc.ptrace(what, thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), f"ptrace {what:#x} of thread {name}")

    request(SEIZE)
    request(INTERRUPT)
    end = time.monotonic() + 10
    while os.waitpid(thread, WALL | os.WNOHANG)[0] == 0:
        assert time.monotonic() < end, f"thread {name} did not stop"
        time.sleep(0.01)
    try:
        yield
    finally:
        # The process may have been ended meanwhile, by a signal that no stopped thread can keep away.
        if os.path.exists(f"/proc/{pid}/task/{thread}"):
            request(DETACH)


@contextlib.contextmanager
def hung(folder):
    """Mounts a file system that answers nothing, as that of a server which has gone. Only root can."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    try:
        if libc.mount(b"gone-server:/share", os.fsencode(folder), b"fuse", 0, options) != 0:
            raise OSError(ctypes.get_errno(), f"mounting over {folder}")
        try:
            yield
        finally:
            libc.umount2(os.fsencode(folder), MNT_DETACH)
    finally:
        # Whoever waits is told an error now.
        os.close(device)
