/* Many handles at once, an executor, and cancelling from outside. */
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "support.h"

enum { kThreads = 8, kSize = 400000 };

/* The one index of formats in which each thread works. */
typedef struct job {
  unsigned seed;
  kompakt_reader* reader;       /* shared by all */
  const unsigned char* content; /* of the reader */
} job;

static void* work(void* argument) {
  const job* mine = argument;
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, mine->seed);
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  kompakt_buffer into;
  char room[3000];
  unsigned i;
  options.format = mine->seed % 2 == 0 ? KOMPAKT_FORMAT_WARP : KOMPAKT_FORMAT_GZIP;
  for (i = 0; i < 3; ++i) {
    CHECK_OK(context, kompakt_compress(context, content, kSize, &packed, &options));
    CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
    CHECK(plain.size == kSize && memcmp(plain.data, content, kSize) == 0);
    kompakt_free(plain.data);
    kompakt_free(packed.data);
    /* Everybody's errors are their own. */
    {
      char codec[16];
      snprintf(codec, sizeof codec, "codec%u", mine->seed);
      CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_check_codec(context, codec, NULL));
      CHECK(strstr(kompakt_error_text(context), codec) != NULL);
    }
    into.data = room;
    into.size = 0;
    into.capacity = sizeof room;
    CHECK_OK(context,
             kompakt_reader_read_at(mine->reader, context, 40000u * mine->seed + i, &into));
    CHECK(into.size == sizeof room &&
          memcmp(room, mine->content + 40000u * mine->seed + i, sizeof room) == 0);
  }
  free(content);
  kompakt_context_free(context);
  return NULL;
}

static void many_at_once(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 100);
  kompakt_buffer packed = compressed(KOMPAKT_FORMAT_WARP, content, kSize);
  kompakt_source* source = NULL;
  kompakt_reader* reader = NULL;
  pthread_t threads[kThreads];
  job jobs[kThreads];
  int i;
  CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
  CHECK_OK(context, kompakt_reader_open(context, source, NULL, &reader));
  kompakt_source_free(source);
  for (i = 0; i < kThreads; ++i) {
    jobs[i].seed = (unsigned)i + 1;
    jobs[i].reader = reader;
    jobs[i].content = content;
    CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  }
  for (i = 0; i < kThreads; ++i) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  kompakt_reader_free(reader);
  kompakt_free(packed.data);
  free(content);
  kompakt_context_free(context);
}

/* An input without end, which tells when it has been read from. */
typedef struct endless {
  pthread_mutex_t lock;
  pthread_cond_t begun;
  int reads;
} endless;

static int read_endless(void* user, void* buffer, size_t size, size_t* got) {
  endless* input = user;
  memset(buffer, 'x', size);
  *got = size;
  pthread_mutex_lock(&input->lock);
  ++input->reads;
  pthread_cond_signal(&input->begun);
  pthread_mutex_unlock(&input->lock);
  return 0;
}

typedef struct victim {
  kompakt_context* context;
  endless* input;
  kompakt_code code;
} victim;

static void* compress_endless(void* argument) {
  victim* mine = argument;
  kompakt_source_callbacks callbacks = KOMPAKT_SOURCE_CALLBACKS_INIT;
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  callbacks.user = mine->input;
  callbacks.read = read_endless;
  options.block_size = 65536;
  CHECK_OK(mine->context, kompakt_source_custom(mine->context, &callbacks, &source));
  CHECK_OK(mine->context, kompakt_sink_null(mine->context, &sink));
  mine->code = kompakt_compress_stream(mine->context, source, sink, &options, NULL);
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  return NULL;
}

static kompakt_context* for_signal;

static void on_signal(int number) {
  (void)number;
  kompakt_cancel(for_signal);
}

static void cancel_from_outside(int by_signal) {
  endless input = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  kompakt_message error = KOMPAKT_MESSAGE_INIT;
  kompakt_buffer out = {NULL, 0, 0};
  victim mine;
  pthread_t thread;
  mine.context = new_context();
  mine.input = &input;
  mine.code = KOMPAKT_OK;
  CHECK_OK(mine.context, kompakt_set_threads(mine.context, 2));
  CHECK(pthread_create(&thread, NULL, compress_endless, &mine) == 0);
  pthread_mutex_lock(&input.lock);
  while (input.reads < 4) {
    pthread_cond_wait(&input.begun, &input.lock);
  }
  pthread_mutex_unlock(&input.lock);
  /* Whoever else calls meanwhile is sent away. */
  CHECK(kompakt_compress(mine.context, "x", 1, &out, NULL) == KOMPAKT_INVALID_ARGUMENT);
  if (by_signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    for_signal = mine.context;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0);
  } else {
    kompakt_cancel(mine.context);
  }
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(mine.code == KOMPAKT_CANCELLED);
  CHECK(kompakt_last_error(mine.context, &error) == KOMPAKT_OK);
  CHECK(error.code == KOMPAKT_CANCELLED);
  CHECK_OK(mine.context, kompakt_uncancel(mine.context));
  CHECK_OK(mine.context, kompakt_compress(mine.context, "x", 1, &out, NULL));
  kompakt_free(out.data);
  kompakt_context_free(mine.context);
  kompakt_cancel(NULL);
}

/* A pool that takes tasks and runs them by and by. */
typedef struct pool {
  pthread_mutex_t lock;
  pthread_t threads[64];
  int started;
  int refuse;
} pool;

typedef struct task {
  void (*run)(void* task);
  void* task;
} task;

static void* run_task(void* argument) {
  task* mine = argument;
  mine->run(mine->task);
  free(mine);
  return NULL;
}

static int execute(void* user, void (*run)(void* task), void* what) {
  pool* mine = user;
  task* taken;
  int answer = 1;
  pthread_mutex_lock(&mine->lock);
  if (!mine->refuse && mine->started < 64) {
    taken = malloc(sizeof *taken);
    taken->run = run;
    taken->task = what;
    answer = pthread_create(&mine->threads[mine->started], NULL, run_task, taken);
    if (answer == 0) {
      ++mine->started;
    } else {
      free(taken);
    }
  }
  pthread_mutex_unlock(&mine->lock);
  return answer;
}

static void lent_threads(int refuse) {
  pool mine = {PTHREAD_MUTEX_INITIALIZER, {0}, 0, 0};
  kompakt_context* context = new_context();
  unsigned char* content = make_content(4u * kSize, 31);
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_buffer own = {NULL, 0, 0};
  kompakt_buffer lent = {NULL, 0, 0};
  int i;
  mine.refuse = refuse;
  options.block_size = 65536;
  CHECK_OK(context, kompakt_set_threads(context, 3));
  CHECK_OK(context, kompakt_compress(context, content, 4u * kSize, &own, &options));
  CHECK_OK(context, kompakt_set_executor(context, execute, &mine));
  CHECK_OK(context, kompakt_compress(context, content, 4u * kSize, &lent, &options));
  CHECK(refuse ? mine.started == 0 : mine.started > 0);
  CHECK(own.size == lent.size && memcmp(own.data, lent.data, own.size) == 0);
  CHECK_OK(context, kompakt_set_executor(context, NULL, NULL));
  /* Tasks may outlive the call and even the context. */
  kompakt_context_free(context);
  for (i = 0; i < mine.started; ++i) {
    CHECK(pthread_join(mine.threads[i], NULL) == 0);
  }
  kompakt_free(own.data);
  kompakt_free(lent.data);
  free(content);
}

void test_threads(void) {
  many_at_once();
  cancel_from_outside(0);
  cancel_from_outside(1);
  lent_threads(0);
  lent_threads(1);
}
