// SPDX-License-Identifier: GPL-2.0
/*
 * One of the kernel's programs that test cgroups (TESTS is its source), with a choice: arguments are the names of the
 * tests to run, in cgroups that have their controllers already; without any, the program runs as it is.
 */
#define main run_all
#include TESTS
#undef main

static int run_one(const char *root, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		if (!strcmp(tests[i].name, name))
			return tests[i].fn(root);
	ksft_exit_fail_msg("no test '%s'\n", name);
}

int main(int argc, char *argv[])
{
	char root[PATH_MAX];

	if (argc == 1)
		return run_all(argc, argv);
	ksft_print_header();
	if (cg_find_unified_root(root, sizeof(root), NULL))
		ksft_exit_fail_msg("no cgroup v2\n");
	ksft_set_plan(argc - 1);
	for (int i = 1; i < argc; i++)
		ksft_test_result_code(run_one(root, argv[i]), argv[i], NULL);
	ksft_finished();
}
