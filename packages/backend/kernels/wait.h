// How a thread sleeps on a number in shared memory until another one tells it.
#pragma once
#include "kernel.h"

#if defined(__wasm__)

/** Sleeps while *at is `seen`, at most so long (for ever where negative); gives whether the time ran out. */
INLINE int sleep_on(i32 *at, i32 seen, i64 nanoseconds) { return __builtin_wasm_memory_atomic_wait32(at, seen, nanoseconds) == 2; }

/** Wakes all that sleep on a number. */
INLINE void wake_all(i32 *at) { __builtin_wasm_memory_atomic_notify(at, ~0u); }

#elif defined(__linux__)
#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/** As in linux/futex.h, which not every C library comes with. */
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

INLINE int sleep_on(i32 *at, i32 seen, i64 nanoseconds) {
  const struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  return syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, seen, nanoseconds < 0 ? NULL : &time, NULL, 0) == -1 && errno == ETIMEDOUT;
}

INLINE void wake_all(i32 *at) { syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0); }

#elif defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

INLINE int sleep_on(i32 *at, i32 seen, i64 nanoseconds) {
  const DWORD time = nanoseconds < 0 ? INFINITE : (DWORD)(nanoseconds / 1000000);
  return !WaitOnAddress(at, &seen, 4, time) && GetLastError() == ERROR_TIMEOUT;
}

INLINE void wake_all(i32 *at) { WakeByAddressAll(at); }

#else
#include <errno.h>
#include <pthread.h>
#include <time.h>

// No sleep on an address that all versions of the system have: one lock for all sleepers.
static pthread_mutex_t sleeping = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;

INLINE int sleep_on(i32 *at, i32 seen, i64 nanoseconds) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  const i64 last = end.tv_nsec + (nanoseconds < 0 ? 0 : nanoseconds);
  end.tv_sec += last / 1000000000;
  end.tv_nsec = last % 1000000000;
  int status = 0;
  pthread_mutex_lock(&sleeping);
  while (__atomic_load_n(at, __ATOMIC_SEQ_CST) == seen && status != ETIMEDOUT)
    status = nanoseconds < 0 ? pthread_cond_wait(&told, &sleeping) : pthread_cond_timedwait(&told, &sleeping, &end);
  pthread_mutex_unlock(&sleeping);
  return status == ETIMEDOUT;
}

INLINE void wake_all(i32 *at) {
  (void)at;
  pthread_mutex_lock(&sleeping);
  pthread_cond_broadcast(&told);
  pthread_mutex_unlock(&sleeping);
}
#endif
