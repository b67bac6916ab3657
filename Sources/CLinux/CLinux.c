// The calls themselves: their reasons stand in the header.
#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int linux_clock_is_synchronised(void) {
    struct timex state = {0};
    int answer = adjtimex(&state);
    if (answer == -1) return -1;
    return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

int linux_pipe(int ends[2], int flags) { return pipe2(ends, flags); }

int linux_exchange(const char *one, const char *other) {
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int linux_join(unsigned long thread, int milliseconds) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    end.tv_sec += milliseconds / 1000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end);
}

void linux_bound_arenas(int count) { mallopt(M_ARENA_MAX, count); }

int linux_timer(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }

int linux_timer_set(int timer, long long nanoseconds) {
    struct itimerspec setting = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL);
}
