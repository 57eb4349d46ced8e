/* SPDX-License-Identifier: GPL-2.0 */
/* cleanup.h: variables that own something and let go of it at the end of their scope. */
#ifndef SCX_LOADER_CLEANUP_H
#define SCX_LOADER_CLEANUP_H

#include <stdlib.h>

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

/* Hand on what a variable owns. */
#define take_ptr(var)					\
	({						\
		__typeof__(var) took_ = (var);		\
		(var) = NULL;				\
		took_;					\
	})

#endif
