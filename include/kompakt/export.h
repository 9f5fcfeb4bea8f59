/* What the shared library shows. Everything else in it is hidden. C99 and C++. Comes first in a
   declaration, or behind `class`. */
#ifndef KOMPAKT_EXPORT_H
#define KOMPAKT_EXPORT_H

#if defined(__cplusplus)
/* The only spelling that all compilers take beside another attribute in brackets. */
#define KOMPAKT_API [[gnu::visibility("default")]]
#elif defined(__GNUC__)
#define KOMPAKT_API __attribute__((visibility("default")))
#else
#define KOMPAKT_API
#endif

#endif
