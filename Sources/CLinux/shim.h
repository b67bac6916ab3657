// What Linux offers and Swift's Glibc module leaves out: the kernel's word on its clock, pipes, an exchange of two files, names of
// threads, arenas, timers.
#ifndef STORE_EDGE_CLINUX_H
#define STORE_EDGE_CLINUX_H

#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

// Whether the kernel says that its clock is synchronised (adjtimex(2)): 1 or 0, and -1 when it may not be asked.
static inline int linux_clock_is_synchronised(void) {
    struct timex state;
    memset(&state, 0, sizeof state);
    int answer = adjtimex(&state);
    if (answer == -1) return -1;
    return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

// A pipe whose ends have those flags from the first moment: with O_CLOEXEC no child inherits them, also when another
// thread starts one right now (pipe2(2)).
static inline int linux_pipe(int ends[2], int flags) { return (int)syscall(SYS_pipe2, ends, flags); }

// Exchanges what two paths name, in one step (renameat2(2); -100 is AT_FDCWD, 1 << 1 RENAME_EXCHANGE).
static inline int linux_exchange(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, -100, one, -100, other, 1u << 1);
}

// Names the calling thread, at most 15 bytes (prctl(2)).
static inline void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// Bounds the number of the allocator's arenas (mallopt(3)).
static inline void linux_bound_arenas(int count) { mallopt(M_ARENA_MAX, count); }

#endif
