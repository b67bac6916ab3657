// What Linux offers and Swift's Glibc module leaves out: the kernel's word on its clock, pipes, an exchange of two files, names of
// threads, arenas, timers.
//
// It includes no header of the system: what two modules both define (a timespec) belongs, file by file, to whichever of the
// two the compiler met first, and a file that imports only the other then does not compile.
#ifndef STORE_EDGE_CLINUX_H
#define STORE_EDGE_CLINUX_H

// Whether the kernel says that its clock is synchronised (adjtimex(2)): 1 or 0, and -1 when it may not be asked.
int linux_clock_is_synchronised(void);

// A pipe whose ends have those flags from the first moment: with O_CLOEXEC no child inherits them, also when another
// thread starts one right now (pipe2(2)). 0, or -1 with errno.
int linux_pipe(int ends[2], int flags);

// Exchanges what two paths name, in one step (renameat2(2), RENAME_EXCHANGE). 0, or -1 with errno.
int linux_exchange(const char *one, const char *other);

// Names the calling thread, at most 15 bytes (prctl(2)).
void linux_name_thread(const char *name);

// Waits at most so long for a thread's end (pthread_timedjoin_np(3)). 0 when it has ended; ETIMEDOUT when it runs on, and may
// be waited for again.
int linux_join(unsigned long thread, int milliseconds);

// Bounds the number of the allocator's arenas (mallopt(3)).
void linux_bound_arenas(int count);

// A descriptor, not waited for, that becomes readable at a moment of CLOCK_MONOTONIC (timerfd_create(2)); -1 with errno.
int linux_timer(void);

// Sets that moment, in nanoseconds of CLOCK_MONOTONIC, above 0: a past one is now (timerfd_settime(2)). 0, or -1 with errno.
int linux_timer_set(int timer, long long nanoseconds);

#endif
