"""A disk that dies when it is told to: a file system of its own, spoken to the kernel by the protocol of /dev/fuse.

It hands everything on to a folder, and looks into a file before each request: `fails` and every write and sync ends with
an input/output error, as from a disk with bad blocks; `fails to read` and every read does; `hangs` and nothing is answered any more, as from a disk whose cable
came off or a share whose server is gone. Whoever asks then waits in the kernel, and not even a kill gets him out.

It is a process of its own (`python dying_disk.py FOLDER PLACE ORDERS`), so that no test waits for itself.
"""

import ctypes
import errno
import os
import pathlib
import signal
import stat
import struct
import subprocess
import sys
import time

from contextlib import contextmanager

libc = ctypes.CDLL(None, use_errno=True)
DETACH = 2
LOOKUP, FORGET, GETATTR, SETATTR, MKDIR, UNLINK, RMDIR, RENAME, OPEN, READ, WRITE, STATFS, RELEASE = (
    1, 2, 3, 4, 9, 10, 11, 12, 14, 15, 16, 17, 18)
FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, FSYNCDIR, CREATE, INTERRUPT, BATCH_FORGET, FALLOCATE, RENAME2 = (
    20, 25, 26, 27, 28, 29, 30, 35, 36, 42, 43, 45)
WRITES = {SETATTR, MKDIR, UNLINK, RMDIR, RENAME, RENAME2, WRITE, FSYNC, FSYNCDIR, CREATE, FALLOCATE}


class Disk:
    """The server's side: each of the kernel's nodes is a file of the folder, held open by its place."""

    def __init__(self, folder, place, orders):
        self.orders = pathlib.Path(orders)
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other,max_read=131072"
        if libc.mount(b"dying", os.fsencode(place), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount of fuse")
        self.nodes = {1: os.open(folder, os.O_PATH)}

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 20)
            except InterruptedError:
                continue
            except OSError as problem:
                if problem.errno == errno.ENODEV:
                    return
                raise
            _, what, unique, node, *_ = struct.unpack_from("<IIQQIIII", request)
            order = self.orders.read_text() if self.orders.exists() else ""
            if what in (FORGET, BATCH_FORGET, INTERRUPT) or order == "hangs":
                continue
            number, body = 0, b""
            try:
                if order == "fails" and what in WRITES or order == "fails to read" and what == READ:
                    raise OSError(errno.EIO, "bad block")
                body = self.answer(what, node, request[40:])
            except OSError as problem:
                number = problem.errno
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(body), -number, unique) + body)
            except OSError as problem:
                # ENOENT: whoever asked was killed meanwhile.
                if problem.errno != errno.ENOENT:
                    raise

    def answer(self, what, node, body):
        text = body.split(b"\0")
        if what == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 65_536, 0, 8, 6, 131_072, 1, 32, 0, 0)
        here = self.nodes.get(node, -1)
        path = f"/proc/self/fd/{here}"
        if what == LOOKUP:
            return self.entry(here, text[0])
        if what == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attributes(os.fstat(here))
        if what == SETATTR:
            return self.change(path, here, body)
        if what == MKDIR:
            name = body[8:].split(b"\0")[0]
            os.mkdir(name, struct.unpack_from("<I", body)[0], dir_fd=here)
            return self.entry(here, name)
        if what in (UNLINK, RMDIR):
            (os.unlink if what == UNLINK else os.rmdir)(text[0], dir_fd=here)
            return b""
        if what in (RENAME, RENAME2):
            old, new = body[8 if what == RENAME else 16:].split(b"\0")[:2]
            os.rename(old, new, src_dir_fd=here, dst_dir_fd=self.nodes[struct.unpack_from("<Q", body)[0]])
            return b""
        if what in (OPEN, OPENDIR):
            flags = struct.unpack_from("<I", body)[0] & ~(os.O_NOFOLLOW | os.O_CREAT | os.O_EXCL)
            return struct.pack("<QII", os.open(path, flags | os.O_CLOEXEC), 0, 0)
        if what == CREATE:
            flags, mode = struct.unpack_from("<II", body)
            name = body[16:].split(b"\0")[0]
            file = os.open(name, flags | os.O_CREAT | os.O_CLOEXEC, mode & 0o7777, dir_fd=here)
            return self.entry(here, name) + struct.pack("<QII", file, 0, 0)
        if what == STATFS:
            of = os.fstatvfs(here)
            return struct.pack("<QQQQQIIII24x", of.f_blocks, of.f_bfree, of.f_bavail, of.f_files, of.f_ffree, of.f_bsize,
                               255, of.f_frsize, 0)
        return self.answer_open_file(what, body)

    def answer_open_file(self, what, body):
        file, offset, size = struct.unpack_from("<QQI", body.ljust(20, b"\0"))
        if what == READ:
            return os.pread(file, size, offset)
        if what == WRITE:
            return struct.pack("<II", os.pwrite(file, body[40:40 + size], offset), 0)
        if what in (FSYNC, FSYNCDIR):
            os.fsync(file)
        elif what in (RELEASE, RELEASEDIR):
            os.close(file)
        elif what == READDIR:
            return self.names(file, offset, size)
        elif what != FLUSH:
            raise OSError(errno.ENOSYS, "not on this disk")
        return b""

    def entry(self, folder, name):
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=folder)
        # A node for each look-up; the folder is small and the disk does not live long.
        node = max(self.nodes) + 1
        self.nodes[node] = handle
        return struct.pack("<QQQQII", node, 0, 0, 0, 0, 0) + self.attributes(os.fstat(handle))

    @staticmethod
    def attributes(of):
        seconds = [int(time) for time in (of.st_atime, of.st_mtime, of.st_ctime)]
        return struct.pack("<QQQQQQIIIIIIIIII", of.st_ino, of.st_size, of.st_blocks, *seconds, 0, 0, 0, of.st_mode,
                           of.st_nlink, of.st_uid, of.st_gid, of.st_rdev, of.st_blksize, 0)

    def change(self, path, here, body):
        which, _, _, size, _, access, modify, _, _, _, _, mode, _, user, group = struct.unpack_from("<IIQQQQQQIIIIIII", body)
        if which & 1:
            os.chmod(path, mode & 0o7777)
        if which & 6:
            os.chown(path, user if which & 2 else -1, group if which & 4 else -1)
        if which & 8:
            os.truncate(path, size)
        if which & 48:
            now = time.time()
            os.utime(path, (now if which & 128 else access, now if which & 256 else modify))
        return struct.pack("<QII", 0, 0, 0) + self.attributes(os.fstat(here))

    @staticmethod
    def names(folder, offset, size):
        found = b""
        for number, name in enumerate([".", "..", *sorted(os.listdir(folder))]):
            if number < offset:
                continue
            text = os.fsencode(name)
            kind = stat.S_IFREG >> 12 if number > 1 else stat.S_IFDIR >> 12
            record = struct.pack("<QQII", number + 2, number + 1, len(text), kind) + text
            record += bytes(-len(record) % 8)
            if len(found) + len(record) > size:
                break
            found += record
        return found


class DyingDisk:
    """The test's side: where the disk is mounted, and what it is to do."""

    def __init__(self, folder):
        self.place = folder / "disk"
        self.orders = folder / "orders"
        (folder / "platter").mkdir()
        self.place.mkdir()
        self.server = subprocess.Popen([sys.executable, __file__, folder / "platter", self.place, self.orders])
        end = time.monotonic() + 20
        while not os.path.ismount(self.place):
            assert self.server.poll() is None and time.monotonic() < end, "the disk is not mounted"
            time.sleep(0.02)

    def order(self, what):
        """`fails`, `fails to read` or `hangs`, from the next request on."""
        self.orders.with_suffix(".new").write_text(what)
        self.orders.with_suffix(".new").replace(self.orders)

    def remove(self):
        """Takes the disk out; whoever waits for it gets an error at last."""
        self.server.kill()
        self.server.wait(10)
        end = time.monotonic() + 10
        while os.path.ismount(self.place) or self.is_broken():
            assert time.monotonic() < end, "the disk cannot be taken out"
            libc.umount2(os.fsencode(self.place), DETACH)
            time.sleep(0.02)

    def is_broken(self):
        """Whether it is mounted, and nobody serves it."""
        try:
            os.stat(self.place)
        except OSError as problem:
            return problem.errno == errno.ENOTCONN
        return False


@contextmanager
def dying_disk(folder):
    """A disk that is taken out at the end."""
    disk = DyingDisk(folder)
    try:
        yield disk
    finally:
        disk.remove()


if __name__ == "__main__":
    # Nothing waits for it longer than this, whatever a test forgets: its end gives everybody an error.
    signal.alarm(150)
    Disk(*sys.argv[1:]).serve()
