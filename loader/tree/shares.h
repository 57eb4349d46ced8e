/* SPDX-License-Identifier: GPL-2.0 */
/*
 * shares.h: how many CPUs each group of a tree is entitled to, by the weights, among those that have work.
 *
 * What a group is given, it shares out among its children and, as one more of weight 100, its own tasks. Who can't use
 * all of his share leaves the rest to the others at his level (water-filling). The root cgroup shares out the machine.
 * It is the rule of the schedulers without its time: a calculation, which knows nothing of the kernel.
 */
#ifndef SCX_LOADER_SHARES_H
#define SCX_LOADER_SHARES_H

#include <stdbool.h>
#include <stddef.h>

struct share {
	size_t parent; /* where the one above is in the list; of the first, which is root, it means nothing */
	double weight;
	double wants;	  /* CPUs that its own tasks could use */
	double limit;	  /* CPUs that it may use with all beneath it: cpu.max; INFINITY: no limit */
	double exclusive; /* CPUs of its own, which are all that it may use; 0: it competes for the parent's */

	double entitled; /* answer: CPUs for it and all beneath it */
	/* scratch */
	double can_use;
	size_t child, sibling; /* a list; 0: its end, as root is nobody's child */
	bool served;	       /* has all that it can use */
};

/**
 * shares_entitle - share out a machine
 * @list: root first, parents before their children
 * @cpus: of the machine
 */
void shares_entitle(struct share *list, size_t nr, double cpus);

#endif
