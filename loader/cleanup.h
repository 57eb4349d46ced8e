/* SPDX-License-Identifier: GPL-2.0 */
/* cleanup.h: variables that own something and let go of it at the end of their scope; and memory to own. */
#ifndef SCX_LOADER_CLEANUP_H
#define SCX_LOADER_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define _cleanup_(func) __attribute__((cleanup(func)))

/* FUNCp() for `_cleanup_(FUNCp) type *var`; @func takes NULL. */
#define DEFINE_CLEANUP(type, func)			\
	static inline void func##p(type **p)		\
	{						\
		func(*p);				\
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}

/*
 * What malloc() and its like return, or the end of the process: the schedulers run on, and the next loader adopts them. Only
 * where somebody else says how much it is to be, a file or a client, is there an error instead.
 */
#define mem(ptr)								\
	({									\
		__typeof__(ptr) got_ = (ptr);					\
		if (!got_) {							\
			fputs("scx-loader: out of memory\n", stderr);		\
			abort();						\
		}								\
		got_;								\
	})

/* strdup() that has a copy of nothing, too. */
static inline char *copy_text(const char *text)
{
	return text ? mem(strdup(text)) : NULL;
}

/* Hand on what a variable owns. */
#define take_ptr(var)					\
	({						\
		__typeof__(var) took_ = (var);		\
		(var) = NULL;				\
		took_;					\
	})

#endif
