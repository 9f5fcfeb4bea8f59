/* What the shared library shows. Everything else in it is hidden. C99 and C++. */
#ifndef KOMPAKT_EXPORT_H
#define KOMPAKT_EXPORT_H

#if defined(__GNUC__)
#define KOMPAKT_API __attribute__((visibility("default")))
#else
#define KOMPAKT_API
#endif

#endif
