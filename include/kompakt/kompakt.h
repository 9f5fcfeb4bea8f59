/// \file
/// Kompakt for C99 and everything that can call it. Link with libkompakt.
///
///     kompakt_context* context = NULL;
///     kompakt_buffer packed = {NULL, 0, 0};
///     if (kompakt_context_new(&context) != KOMPAKT_OK) return 1;
///     if (kompakt_compress(context, text, strlen(text), &packed, NULL) != KOMPAKT_OK)
///       fprintf(stderr, "%s\n", kompakt_error_text(context));
///     kompakt_free(packed.data);
///     kompakt_context_free(context);
///
/// - Calls return a kompakt_code; the context says more (c_base.h).
/// - Paths, names and texts are bytes that end with a zero byte, as the system calls take them.
/// - No global state: different contexts, and what was opened with them, may be used by different
///   threads at once.
/// - No exception leaves a call. A callback must not throw, nor leave by longjmp(), and must not
///   use the context that it is called for. One that returns nonzero stops the call with
///   KOMPAKT_CANCELLED, where it is not said otherwise.
/// - NULL where an object or a result pointer is needed is KOMPAKT_INVALID_ARGUMENT, and so is an
///   object that was closed. What was freed must not be used again.
/// - Memory that cannot be had is KOMPAKT_LIMIT_EXCEEDED.
/// - What the library promises about its binary interface: docs/abi.md.
#ifndef KOMPAKT_KOMPAKT_H
#define KOMPAKT_KOMPAKT_H

#include "kompakt/c_archive.h"
#include "kompakt/c_base.h"
#include "kompakt/c_file.h"
#include "kompakt/c_object.h"
#include "kompakt/c_options.h"
#include "kompakt/c_stream.h"

#endif
