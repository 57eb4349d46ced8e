/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tunable.bpf.h: how a scheduler says what may be set from outside.
 *
 *	TUNABLE(u64, slice_us, 3000, "us", "100..1000000", "how long a task runs before another gets its turn");
 *	DESCRIPTION(qmap_ops, "five weighted FIFOs");
 *
 * A tunable is a `const volatile` variable with a BTF declaration tag `tunable:UNIT:RANGE:HELP`. The loader finds it by its
 * tag, checks what the user says against it, writes it before load and lists it: `scx-loader list`. Nothing about a
 * scheduler's tunables stands in the loader.
 *
 * UNIT  us, ns, ms, tasks, count, ... : a number, RANGE is MIN..MAX
 *       bool : yes or no, RANGE is empty, or the flag SCX_OPS_NAME that yes sets in the ops
 *       a|b|c : one of these words, stored as its index, RANGE is empty
 *       string : a char array, RANGE is empty; the loader refuses what does not fit with its closing NUL
 *
 * TUNABLE_LIVE() takes the same, and what it makes can change while the scheduler runs: the verifier takes it for any value
 * of its type, a program reads it anew each time, and two reads may differ. No string, and no flag of the ops.
 *
 * The compiler keeps the tags of a variable only when the variable is used.
 */
#ifndef SCX_TREE_TUNABLE_BPF_H
#define SCX_TREE_TUNABLE_BPF_H

#define TUNABLE(type, name, def, unit, range, help)					\
	const volatile type name __attribute__((btf_decl_tag("tunable:" unit ":" range ":" help))) = def

#define TUNABLE_LIVE(type, name, def, unit, range, help)				\
	volatile type name SEC(".data.live") __attribute__((btf_decl_tag("tunable:" unit ":" range ":" help))) = def

#define TUNABLE_STRING(name, size, help)						\
	const volatile char name[size] __attribute__((btf_decl_tag("tunable:string::" help))) = ""

/* One line about the scheduler, on its ops. Goes before the ops' definition. */
#define DESCRIPTION(ops, text)								\
	extern struct sched_ext_ops_cid ops __attribute__((btf_decl_tag("description:" text)))

#endif
