// The Node-API addon: `open` makes a runtime of a memory that JavaScript owns, with the queue of kernels/queue.h and threads of
// its own. Each environment (the main thread, a worker) may open any number; they share nothing.
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include "builds.h"
#include "threads.h"
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#define MOST_THREADS 64

struct runtime;

struct worker {
  struct runtime *runtime;
  thread thread;
  uint32_t scratch;
  int32_t epoch;
};

struct runtime {
  const struct kernels *kernels;
  /** Keeps the memory while threads may look at it. */
  napi_ref buffer;
  /** NULL after its environment's end. */
  char *memory;
  /** Where in it the queue lies, the threads' own memory, and how many bytes each of them has. */
  uint32_t control, threads, thread_bytes;
  int32_t epoch;
  /** Workers, of the epoch that lasts. */
  int32_t started;
  struct worker workers[MOST_THREADS - 1];
};

THREAD_BODY(live, data) {
  const struct worker *worker = data;
  const struct runtime *runtime = worker->runtime;
  runtime->kernels->enter(runtime->memory, runtime->control, worker->scratch);
  if (runtime->kernels->join(worker->epoch)) runtime->kernels->serve();
  return THREAD_END;
}

/** A new epoch with an empty queue; those of the last one end their chunk and leave. */
static void stop_workers(struct runtime *runtime) {
  runtime->kernels->enter(runtime->memory, runtime->control, runtime->threads);
  runtime->kernels->begin(++runtime->epoch);
  for (int32_t i = 0; i < runtime->started; i++) join_thread(runtime->workers[i].thread);
  runtime->started = 0;
}

/** The environment ends: its memory may be gone afterwards. */
static void end_environment(void *data) {
  struct runtime *runtime = data;
  stop_workers(runtime);
  runtime->memory = NULL;
}

static void collect(napi_env env, void *data, void *hint) {
  (void)hint;
  struct runtime *runtime = data;
  if (runtime->memory != NULL) {
    napi_remove_env_cleanup_hook(env, end_environment, runtime);
    stop_workers(runtime);
  }
  napi_delete_reference(env, runtime->buffer);
  free(runtime);
}

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

/** The runtime that a method is called of, and its `count` numbers; NULL, with an error thrown, where that cannot be. */
static struct runtime *called(napi_env env, napi_callback_info info, double *numbers, size_t count) {
  napi_value self, arguments[4];
  size_t given = 4;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &given, arguments, &self, NULL) != napi_ok || napi_unwrap(env, self, &data) != napi_ok || data == NULL)
    return (void *)fail(env, "mnet: a method of a runtime was called of something else");
  for (size_t i = 0; i < count; i++)
    if (i >= given || napi_get_value_double(env, arguments[i], numbers + i) != napi_ok)
      return (void *)fail(env, "mnet: a method of a runtime takes numbers");
  struct runtime *runtime = data;
  runtime->kernels->enter(runtime->memory, runtime->control, runtime->threads);
  return runtime;
}

static napi_value enqueue(napi_env env, napi_callback_info info) {
  double n[2];
  struct runtime *runtime = called(env, info, n, 2);
  if (runtime) runtime->kernels->enqueue(n[0], (int32_t)n[1]);
  return NULL;
}

static napi_value feed(napi_env env, napi_callback_info info) {
  double n[2];
  struct runtime *runtime = called(env, info, n, 2);
  if (runtime) runtime->kernels->feed(n[0], (int32_t)n[1]);
  return NULL;
}

static napi_value run(napi_env env, napi_callback_info info) {
  double n[2];
  struct runtime *runtime = called(env, info, n, 2);
  if (runtime) runtime->kernels->run(n[0], (int32_t)n[1]);
  return NULL;
}

static napi_value drain(napi_env env, napi_callback_info info) {
  double n[3];
  struct runtime *runtime = called(env, info, n, 3);
  return runtime ? number(env, runtime->kernels->drain((int32_t)n[0], (int32_t)n[1], (int32_t)n[2])) : NULL;
}

static napi_value replay(napi_env env, napi_callback_info info) {
  double n[4];
  struct runtime *runtime = called(env, info, n, 4);
  return runtime ? number(env, runtime->kernels->replay(n[0], (int32_t)n[1], (int32_t)n[2], (int32_t)n[3])) : NULL;
}

static napi_value workers(napi_env env, napi_callback_info info) {
  struct runtime *runtime = called(env, info, NULL, 0);
  return runtime ? number(env, runtime->kernels->workers()) : NULL;
}

/** Ends the workers, and starts so many others; gives how many the system let start. */
static napi_value start(napi_env env, napi_callback_info info) {
  double n[1];
  struct runtime *runtime = called(env, info, n, 1);
  if (!runtime) return NULL;
  if (!(n[0] >= 0 && n[0] < MOST_THREADS)) return fail(env, "mnet: start takes 0 to 63 workers");
  stop_workers(runtime);
  for (int32_t i = 0; i < (int32_t)n[0]; i++) {
    struct worker *worker = runtime->workers + i;
    *worker = (struct worker){.runtime = runtime, .scratch = runtime->threads + (uint32_t)(i + 1) * runtime->thread_bytes, .epoch = runtime->epoch};
    if (!start_thread(&worker->thread, live, worker)) break;
    runtime->started++;
  }
  return number(env, runtime->started);
}

/**
 * mark(address, bytes, used): whether a part of the memory is a block in use; kernels that touch another end the process in a
 * build with AddressSanitizer, and nothing happens in others.
 */
static napi_value mark(napi_env env, napi_callback_info info) {
  double n[3];
  struct runtime *runtime = called(env, info, n, 3);
  if (!runtime) return NULL;
#if defined(__SANITIZE_ADDRESS__)
  if (n[2] != 0) __asan_unpoison_memory_region(runtime->memory + (size_t)n[0], (size_t)n[1]);
  else __asan_poison_memory_region(runtime->memory + (size_t)n[0], (size_t)n[1]);
#endif
  return NULL;
}

/** The builds that this processor runs, the best one first. */
static napi_value runnable(napi_env env) {
  napi_value list, name;
  napi_create_array(env, &list);
  uint32_t count = 0;
  for (int i = 0; i < BUILDS; i++) {
    if (!builds[i].runs()) continue;
    napi_create_string_utf8(env, builds[i].name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, count++, name);
  }
  return list;
}

static const struct build *build_of(napi_env env, napi_value value) {
  char name[32];
  size_t length;
  if (napi_get_value_string_utf8(env, value, name, sizeof name, &length) != napi_ok) return NULL;
  for (int i = 0; i < BUILDS; i++)
    if (strcmp(builds[i].name, name) == 0 && builds[i].runs()) return builds + i;
  return NULL;
}

/** open(build, buffer, control, threads, bytes of a thread): a runtime; the last three say where in the memory things lie. */
static napi_value open_runtime(napi_env env, napi_callback_info info) {
  napi_value arguments[5], self;
  size_t given = 5, bytes = 0;
  void *memory = NULL;
  double n[3];
  napi_get_cb_info(env, info, &given, arguments, NULL, NULL);
  const struct build *build = given == 5 ? build_of(env, arguments[0]) : NULL;
  if (build == NULL) return fail(env, "mnet: open takes a build that this processor runs");
  if (napi_get_arraybuffer_info(env, arguments[1], &memory, &bytes) != napi_ok) return fail(env, "mnet: open takes an ArrayBuffer");
  for (int i = 0; i < 3; i++)
    if (napi_get_value_double(env, arguments[i + 2], n + i) != napi_ok) return fail(env, "mnet: open takes numbers");
  if (n[0] < 0 || n[1] < 0 || n[2] < 0 || n[1] + MOST_THREADS * n[2] > (double)bytes) return fail(env, "mnet: the memory is too small");
  struct runtime *runtime = calloc(1, sizeof *runtime);
  if (runtime == NULL) return fail(env, "mnet: no memory");
  runtime->kernels = build->kernels;
  runtime->memory = memory;
  runtime->control = (uint32_t)n[0];
  runtime->threads = (uint32_t)n[1];
  runtime->thread_bytes = (uint32_t)n[2];
  const napi_property_descriptor methods[] = {
#define METHOD(name) {#name, NULL, name, NULL, NULL, NULL, napi_default, NULL}
    METHOD(enqueue), METHOD(feed), METHOD(run), METHOD(drain), METHOD(replay), METHOD(workers), METHOD(start),
#if defined(__SANITIZE_ADDRESS__)
    METHOD(mark),
#endif
#undef METHOD
  };
  if (napi_create_object(env, &self) != napi_ok || napi_create_reference(env, arguments[1], 1, &runtime->buffer) != napi_ok ||
      napi_define_properties(env, self, sizeof methods / sizeof *methods, methods) != napi_ok ||
      napi_wrap(env, self, runtime, collect, NULL, NULL) != napi_ok) {
    free(runtime);
    return fail(env, "mnet: the runtime could not be made");
  }
  napi_add_env_cleanup_hook(env, end_environment, runtime);
  napi_set_named_property(env, self, "lanes", number(env, build->kernels->lanes));
  napi_set_named_property(env, self, "panel", number(env, build->kernels->panel));
  stop_workers(runtime);
  return self;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_runtime, NULL, &function);
  napi_set_named_property(env, exports, "open", function);
  napi_set_named_property(env, exports, "builds", runnable(env));
  return exports;
}
