/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz.h: what the fuzz targets stand on. A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(), real inputs in
 * corpus/NAME/, or sources of BPF objects to be built to some, and the words of its language in NAME.dict; `run` runs them.
 *
 * A target looks for more than a crash: it says with must() what has to hold whatever the input is.
 */
#ifndef SCX_FUZZ_H
#define SCX_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* @why: a text that tells more */
#define must_with(what, why)									\
	do {											\
		if (!(what)) {									\
			fprintf(stderr, "%s:%d: does not hold: %s: %s\n", __FILE__, __LINE__, #what, why);	\
			abort();								\
		}										\
	} while (0)

#define must(what)	must_with(what, "")

#endif
