// Syncs of a slow disk, for a program that is started with this library before its own (LD_PRELOAD): each fsync and
// fdatasync takes SYNC_MICROSECONDS longer, and none ends while the file SYNC_HANGS_WHILE is there. strace can delay them too, but stops every thread at every system call where
// the kernel gives it no seccomp filter, so that it is strace that a scan waits for.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
    const char *text = getenv("SYNC_MICROSECONDS");
    long microseconds = text == NULL ? 0 : atol(text);
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
    const char *hangs = getenv("SYNC_HANGS_WHILE");
    struct timespec moment = {0, 10000000};
    while (hangs != NULL && access(hangs, F_OK) == 0) nanosleep(&moment, NULL);
}

int fsync(int file) {
    wait_for_the_disk();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    wait_for_the_disk();
    return (int)syscall(SYS_fdatasync, file);
}
