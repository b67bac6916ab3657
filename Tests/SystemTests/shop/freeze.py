"""One thread of a process stands still, as in a disk that hangs or an endless loop; all others run on."""

import contextlib
import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000


def thread_of(pid, name):
    """The id of the thread of that name; the process's first thread has the program's."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as comm:
            if comm.read().strip() == name:
                return int(thread)
    raise AssertionError(f"process {pid} has no thread {name}")


@contextlib.contextmanager
def frozen(pid, name):
    """Holds a thread still with ptrace(2), from the calling thread; it goes on at the end."""
    thread = thread_of(pid, name)

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
