// Threads of the system's own: they hold no process, and no signal is ever handled on one.
#pragma once
#include <stdint.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef HANDLE thread;
#define THREAD_BODY(name, argument) static DWORD WINAPI name(void *argument)
#define THREAD_END 0

/** Gives whether it was started. */
static inline int start_thread(thread *thread, LPTHREAD_START_ROUTINE body, void *argument) {
  *thread = CreateThread(NULL, 0, body, argument, 0, NULL);
  return *thread != NULL;
}

static inline void join_thread(thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}

#else
#include <pthread.h>
#include <signal.h>

typedef pthread_t thread;
#define THREAD_BODY(name, argument) static void *name(void *argument)
#define THREAD_END NULL

/** Gives whether it was started. */
static inline int start_thread(thread *thread, void *(*body)(void *), void *argument) {
  sigset_t all, before;
  sigfillset(&all);
  // It has the mask of who starts it.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int started = pthread_create(thread, NULL, body, argument) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static inline void join_thread(thread thread) { pthread_join(thread, NULL); }
#endif
