// SPDX-License-Identifier: GPL-2.0
/*
 * test_config.c: hierarchy files: what they become, and what is said when they are wrong. A refusal is compared with
 * everything that the user would read.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/file/config.h"
#include "said.h"

#define FILE_NAME "t.ini"
#define GOOD "[ok]\ncgroup = /ok\nsched = fifo\n"

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

struct dirs {
	char *tree;	/* where the tests were started */
	char *scratch;
};

static int enter_scratch(void **state)
{
	struct dirs *dirs = calloc(1, sizeof(*dirs));

	dirs->tree = get_current_dir_name();
	dirs->scratch = strdup("/tmp/test_config.XXXXXX");
	*state = dirs;
	return mkdtemp(dirs->scratch) && !chdir(dirs->scratch) ? 0 : -1;
}

static int leave_scratch(void **state)
{
	struct dirs *dirs = *state;
	int err;

	unlink(FILE_NAME);
	err = chdir(dirs->tree) || rmdir(dirs->scratch);
	free(dirs->tree);
	free(dirs->scratch);
	free(dirs);
	return err;
}

static void write_bytes(const void *bytes, size_t len)
{
	FILE *file = fopen(FILE_NAME, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

static struct hierarchy *read_good(const char *path)
{
	_cleanup_(freep) char *said = NULL;
	struct hierarchy *h = NULL;
	struct problems ps = {};
	int err = config_read(path, &h, &ps);

	said = say(&ps);
	assert_string_equal(said, "");
	assert_int_equal(err, 0);
	return h;
}

static void check_refused(const char *path, int err, const char *expected)
{
	_cleanup_(freep) char *said = NULL;
	struct hierarchy *h = NULL;
	struct problems ps = {};

	assert_int_equal(config_read(path, &h, &ps), err);
	assert_null(h);
	said = say(&ps);
	assert_string_equal(said, expected);
	assert_int_equal(config_read(path, &h, NULL), err);
}

static const char design_file[] = "[root]\n"
				  "slice_us  = 4000           ; a tunable of the root scheduler\n"
				  "pool_mb   = 128\n"
				  "max_tasks = 1048576\n"
				  "on_failure = continue\n"
				  "sched = ./my root.bpf.o\n"
				  "\n"
				  "# two nodes\n"
				  "[web]                      ; the section is the node's name\n"
				  "cgroup    = /web/          ; below the cgroup2 mount\n"
				  "sched     = qmap\n"
				  "weight    = 300            ; cpu.weight\n"
				  "max_tasks = 1\n"
				  "slice_us  = 2000;ish\n"
				  "create    = yes\n"
				  "on_exit   = restart\n"
				  "; the second\n"
				  "[web-batch]\n"
				  "cgroup=/web/batch\n"
				  "sched=fifo\n"
				  "parent=web";

static void check_root(const struct root_conf *root)
{
	assert_string_equal(root->sched, "./my root.bpf.o");
	assert_int_equal(root->sched_line, 6);
	assert_int_equal(root->pool_mb, 128);
	assert_int_equal(root->pool_mb_line, 3);
	assert_int_equal(root->max_tasks, 1048576);
	assert_int_equal(root->max_tasks_line, 4);
	assert_int_equal(root->on_failure_line, 5);
	assert_int_equal(root->line, 1);
	assert_int_equal(root->settings.nr, 1);
	assert_string_equal(root->settings.list[0].key, "slice_us");
	assert_string_equal(root->settings.list[0].value, "4000");
	assert_int_equal(root->settings.list[0].line, 2);
}

static void check_web(const struct node *web)
{
	assert_string_equal(web->name, "web");
	assert_string_equal(web->cgroup, "/web");
	assert_string_equal(web->sched, "qmap");
	assert_int_equal(web->weight, 300);
	assert_int_equal(web->max_tasks, 1);
	assert_true(web->create);
	assert_int_equal(web->on_exit, ON_EXIT_RESTART);
	assert_int_equal(web->depth, 1);
	assert_null(web->parent);
	assert_int_equal(web->settings.nr, 1);
	assert_string_equal(web->settings.list[0].value, "2000;ish");
	assert_int_equal(web->settings.list[0].line, 14);
	assert_int_equal(web->lines.section, 9);
	assert_int_equal(web->lines.cgroup, 10);
	assert_int_equal(web->lines.sched, 11);
	assert_int_equal(web->lines.weight, 12);
	assert_int_equal(web->lines.max_tasks, 13);
	assert_int_equal(web->lines.create, 15);
	assert_int_equal(web->lines.on_exit, 16);
}

static void check_design(void)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = read_good(FILE_NAME);
	const struct node *batch;

	assert_string_equal(h->file, FILE_NAME);
	assert_true(h->keep_going);
	assert_int_equal(h->nr_nodes, 2);
	check_root(&h->root);
	check_web(h->nodes[0]);
	batch = h->nodes[1];
	assert_string_equal(batch->name, "web-batch");
	assert_string_equal(batch->sched, "fifo");
	assert_ptr_equal(batch->parent, h->nodes[0]);
	assert_int_equal(batch->depth, 2);
	assert_int_equal(batch->lines.parent, 21);
}

static void test_file_of_the_design(void **)
{
	write_text(design_file);
	check_design();
}

static void test_bom_and_crlf(void **)
{
	FILE *file = fopen(FILE_NAME, "w");

	fputs("\xef\xbb\xbf", file);
	for (const char *c = design_file; *c; c++)
		fputs(*c == '\n' ? "\r\n" : (char[]){ *c, '\0' }, file);
	fclose(file);
	check_design();
}

static void test_defaults(void **)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	const struct node *node;

	write_text("[ok]\ncgroup = /ok\n");
	h = read_good(FILE_NAME);
	node = h->nodes[0];
	assert_string_equal(h->root.sched, "root");
	assert_int_equal(h->root.pool_mb, 64);
	assert_int_equal(h->root.max_tasks, 16384);
	assert_int_equal(h->root.line, 0);
	assert_false(h->keep_going);
	assert_string_equal(node->sched, "fair");
	assert_int_equal(node_sched_line(node), 1);
	assert_int_equal(node->weight, 0);
	assert_int_equal(node->max_tasks, 8192);
	assert_false(node->create);
	assert_int_equal(node->on_exit, ON_EXIT_LEAVE);
	assert_int_equal(node->lines.weight, 0);
}

static const struct {
	const char *text;
	const char *said;
} bad_files[] = {
	{ "", "t.ini: no section in the file\nhint: add [root], or a section [NAME] with the key 'cgroup'\n" },
	{ "# [root]\n",
	  "t.ini: no section in the file\nhint: add [root], or a section [NAME] with the key 'cgroup'\n" },

	/* lines */
	{ "weight = 3\n" GOOD, "t.ini:1: 'weight' stands before the first section\n"
			       "hint: put it below [root] or below the [name] of a node\n" },
	{ GOOD "weight\n", "t.ini:4: neither a '[section]' nor 'key = value'\n" },
	{ GOOD "weight: 4\n", "t.ini:4: ':' where '=' should be\nhint: write 'key = value'\n" },
	{ GOOD "weight : = 4\n", "t.ini:4: ':' where '=' should be\nhint: write 'key = value'\n" },
	{ GOOD "weight ; = 4\n", "t.ini:4: neither a '[section]' nor 'key = value'\n" },
	{ "[ok]\ncgroup /ok\n[fine]\nsched = a\ncgroup = /b\n", "t.ini:2: neither a '[section]' nor 'key = value'\n" },
	{ GOOD "= 4\n", "t.ini:4: no key before '='\n" },
	{ GOOD "  and more\n", "t.ini:4: white space at the start of the line\n"
			       "hint: begin keys and sections at the start of a line; a value ends with its line\n" },
	{ GOOD "\tweight = 4\n", "t.ini:4: white space at the start of the line\n"
				 "hint: begin keys and sections at the start of a line; a value ends with its line\n" },
	{ "[ok]\n cgroup = /ok\nsched = fifo\n",
	  "t.ini:2: white space at the start of the line\n"
	  "hint: begin keys and sections at the start of a line; a value ends with its line\n" },
	{ GOOD " [web]\nweight = 0\n",
	  "t.ini:4: white space at the start of the line\n"
	  "hint: begin keys and sections at the start of a line; a value ends with its line\n"
	  "t.ini:5: 'weight' is 0, and its range is 1 to 10000\n" },
	{ GOOD "[web] # web\n", "t.ini:4: text after the section [web]: '# web'\nhint: begin a comment with ';'\n" },
	{ GOOD "slice_us = 4 # us\n", "t.ini:4: '#' begins no comment after a value\nhint: begin it with ' ;'\n" },
	{ GOOD "slice_us = 4\t# us\n", "t.ini:4: '#' begins no comment after a value\nhint: begin it with ' ;'\n" },

	{ GOOD "note = \xc3\xa4\xff\n", "t.ini:4: byte 10 of the line is not text: 0xff\n"
					"hint: write UTF-8, without control characters\n" },
	{ GOOD "[w\033[1mb]\n", "t.ini:4: byte 3 of the line is not text: 0x1b\n"
				"hint: write UTF-8, without control characters\n" },

	/* sections */
	{ GOOD "[web] x\r\n", "t.ini:4: text after the section [web]: 'x'\nhint: begin a comment with ';'\n" },
	{ GOOD "[web\n", "t.ini:4: section without its closing ']'\n" },
	{ GOOD "[]\n", "t.ini:4: section without a name\n" },
	{ "[]\ncgroup = /ok\nsched = fifo\n", "t.ini:1: section without a name\n" },
	{ GOOD "[web]]\n", "t.ini:4: text after the section [web]: ']'\nhint: begin a comment with ';'\n" },
	{ GOOD "[ web ]\n",
	  "t.ini:4: bad section name ' web '\nhint: names are made of letters, digits, '_', '.' and '-'\n" },
	{ GOOD "[a/b]\non_exit = x\n",
	  "t.ini:4: bad section name 'a/b'\nhint: names are made of letters, digits, '_', '.' and '-'\n"
	  "t.ini:5: bad word 'x' for 'on_exit'\nhint: write 'leave', 'restart' or 'stop'\n" },
	{ GOOD "[ok]\nweight = 0\n", "t.ini:4: second section [ok]; the first is in line 1\n"
				     "t.ini:5: 'weight' is 0, and its range is 1 to 10000\n" },
	{ "[root]\n[root]\npool_mb = 0\npool_mb = 1\n[root]\npool_mb = 0\n" GOOD,
	  "t.ini:2: second section [root]; the first is in line 1\n"
	  "t.ini:3: 'pool_mb' is 0, and its range is 1 to 4096\n"
	  "t.ini:4: second key 'pool_mb'; the first is in line 3\n"
	  "t.ini:5: second section [root]; the first is in line 1\n"
	  "t.ini:6: 'pool_mb' is 0, and its range is 1 to 4096\n" },
	{ "[Root]\npool_mb = 4\n" GOOD, "t.ini:1: [Root] has no 'cgroup'; did you mean [root]?\n" },
	{ "[rot]\n" GOOD, "t.ini:1: [rot] has no 'cgroup'; did you mean [root]?\n" },

	/* keys */
	{ "[web]\n" GOOD, "t.ini:1: [web] has no 'cgroup'\n"
			  "hint: add 'cgroup = /PATH', a path below the cgroup2 mount\n" },
	{ "[web]\nsched = qmap\n", "t.ini:1: [web] has no 'cgroup'\n"
				   "hint: add 'cgroup = /PATH', a path below the cgroup2 mount\n" },
	{ GOOD "weight = 3\nweight = 3\n", "t.ini:5: second key 'weight'; the first is in line 4\n" },
	{ GOOD "weight = 0\nweight = 3\n", "t.ini:4: 'weight' is 0, and its range is 1 to 10000\n"
					   "t.ini:5: second key 'weight'; the first is in line 4\n" },
	{ GOOD "slice_us = 3\nbatch = 4\nslice_us = 4\n", "t.ini:6: second key 'slice_us'; the first is in line 4\n" },
	{ GOOD "weight =\n", "t.ini:4: 'weight' has no value\nhint: leave it out to keep the default\n" },
	{ GOOD "slice_us = ; 4\n", "t.ini:4: 'slice_us' has no value\nhint: leave it out to keep the default\n" },
	{ "[web]\nsched =\ncgroup = /web\n",
	  "t.ini:2: 'sched' has no value\nhint: leave it out to keep the default\n" },
	{ GOOD "create = true\n", "t.ini:4: bad word 'true' for 'create'\nhint: write 'no' or 'yes'\n" },
	{ GOOD "create = Yes\n", "t.ini:4: bad word 'Yes' for 'create'\nhint: write 'no' or 'yes'\n" },
	{ GOOD "on_exit = continue\n",
	  "t.ini:4: bad word 'continue' for 'on_exit'\nhint: write 'leave', 'restart' or 'stop'\n" },
	{ "[root]\non_failure = leave\n" GOOD,
	  "t.ini:2: bad word 'leave' for 'on_failure'\nhint: write 'stop' or 'continue'\n" },

	/* between nodes */
	{ GOOD "[web]\ncgroup = /ok/\nsched = qmap\n", "t.ini:5: [web] has the cgroup '/ok', which is that of [ok] in "
						       "line 2\nhint: give each node a cgroup of its own\n" },
	{ GOOD "parent = web\n", "t.ini:4: unknown parent 'web' of [ok]\n" },
	{ GOOD "parent = wbe\n[web]\ncgroup = /\nsched = x\n",
	  "t.ini:6: bad cgroup '/': it is root's\n" CGROUP_HINT
	  "t.ini:4: unknown parent 'wbe' of [ok]; did you mean 'web'?\n" },
	{ GOOD "parent = Root\n", "t.ini:4: unknown parent 'Root' of [ok]; did you mean 'root'?\n" },
	{ GOOD "parent = web\n[web]\ncgroup = /web\nsched = qmap\n",
	  "t.ini:4: the parent of [ok] is 'root', not 'web': it is the nearest node above '/ok'\n"
	  "hint: write 'parent = root', or leave the key out\n" },
	{ GOOD "[x]\ncgroup = /ok/web/x\nsched = qmap\nparent = ok\n[web]\ncgroup = /ok/web\nsched = qmap\nparent=root",
	  "t.ini:11: the parent of [web] is 'ok', not 'root': it is the nearest node above '/ok/web'\n"
	  "hint: write 'parent = ok', or leave the key out\n"
	  "t.ini:7: the parent of [x] is 'web', not 'ok': it is the nearest node above '/ok/web/x'\n"
	  "hint: write 'parent = web', or leave the key out\n" },
	{ GOOD
	  "[b]\ncgroup = /ok/b\nsched = x\n[c]\ncgroup = /ok/b/c\nsched = x\n[d]\ncgroup = /ok/b/c/1/d\nsched = x\n",
	  "t.ini:11: [d] is nested 4 deep, and the kernel's limit below root is 3: [ok] > [b] > [c] > [d]\n"
	  "hint: leave out a node of these: its tasks stay with the scheduler above\n" },

	/* all at once */
	{ "weight = 3\n[web]\ncgroup = web\nweight = 10ms\ncreate = maybe\njunk\n[web]\n[late]\nsched = x\n",
	  "t.ini:1: 'weight' stands before the first section\n"
	  "hint: put it below [root] or below the [name] of a node\n"
	  "t.ini:3: bad cgroup 'web': it does not begin with '/'\n" CGROUP_HINT
	  "t.ini:4: bad number '10ms' for 'weight': unit 'ms' is not understood\n" WEIGHT_HINT
	  "t.ini:5: bad word 'maybe' for 'create'\nhint: write 'no' or 'yes'\n"
	  "t.ini:6: neither a '[section]' nor 'key = value'\n"
	  "t.ini:7: second section [web]; the first is in line 2\n"
	  "t.ini:8: [late] has no 'cgroup'\nhint: add 'cgroup = /PATH', a path below the cgroup2 mount\n" },
};

static void test_bad_files(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(bad_files); i++) {
		write_text(bad_files[i].text);
		check_refused(FILE_NAME, -EINVAL, bad_files[i].said);
	}
}

static const struct {
	const char *section, *key, *value;
	const char *said;	/* after "t.ini:2: " */
} bad_values[] = {
	{ "web", "weight", "10ms", "bad number '10ms' for 'weight': unit 'ms' is not understood\n" WEIGHT_HINT },
	{ "web", "weight", "10 ms", "bad number '10 ms' for 'weight': unit 'ms' is not understood\n" WEIGHT_HINT },
	{ "web", "weight", "0x10", "bad number '0x10' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "1e3", "bad number '1e3' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "-1", "bad number '-1' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "+1", "bad number '+1' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "1.5", "bad number '1.5' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "10%", "bad number '10%' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "1 2", "bad number '1 2' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "3;x", "bad number '3;x' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "ten", "bad number 'ten' for 'weight'\n" WEIGHT_HINT },
	{ "web", "weight", "0", "'weight' is 0, and its range is 1 to 10000\n" },
	{ "web", "weight", "10001", "'weight' is 10001, and its range is 1 to 10000\n" },
	{ "web", "weight", "4294967297", "'weight' is 4294967297, and its range is 1 to 10000\n" },
	{ "web", "weight", "99999999999999999999", "'weight' is 99999999999999999999, and its range is 1 to 10000\n" },
	{ "web", "max_tasks", "0", "'max_tasks' is 0, and its range is 1 to 1048576\n" },
	{ "web", "max_tasks", "1048577", "'max_tasks' is 1048577, and its range is 1 to 1048576\n" },
	{ "web", "max_tasks", "8k",
	  "bad number '8k' for 'max_tasks': unit 'k' is not understood\nhint: write a plain decimal number from 1 to "
	  "1048576\n" },
	{ "root", "max_tasks", "0", "'max_tasks' is 0, and its range is 1 to 1048576\n" },
	{ "root", "pool_mb", "4097", "'pool_mb' is 4097, and its range is 1 to 4096\n" },
	{ "root", "pool_mb", "64M",
	  "bad number '64M' for 'pool_mb': unit 'M' is not understood\nhint: write a plain decimal number from 1 to "
	  "4096\n" },
	{ "web", "cgroup", "web", "bad cgroup 'web': it does not begin with '/'\n" CGROUP_HINT },
	{ "web", "cgroup", "/", "bad cgroup '/': it is root's\n" CGROUP_HINT },
	{ "web", "cgroup", "//", "bad cgroup '//': it has an empty component\n" CGROUP_HINT },
	{ "web", "cgroup", "/a//b", "bad cgroup '/a//b': it has an empty component\n" CGROUP_HINT },
	{ "web", "cgroup", "/a/../b", "bad cgroup '/a/../b': it has a component '.' or '..'\n" CGROUP_HINT },
	{ "web", "cgroup", "/a/..", "bad cgroup '/a/..': it has a component '.' or '..'\n" CGROUP_HINT },
	{ "web", "cgroup", "/./a", "bad cgroup '/./a': it has a component '.' or '..'\n" CGROUP_HINT },
	{ "web", "cgroup", "/sys/fs/cgroup/web",
	  "bad cgroup '/sys/fs/cgroup/web': it includes the mount point\n" CGROUP_HINT },
};

static void test_bad_values(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(bad_values); i++) {
		const char *cgroup = strcmp(bad_values[i].key, "cgroup") ? "cgroup = /web" : "";
		_cleanup_(freep) char *text = NULL, *said = NULL;

		if (!strcmp(bad_values[i].section, "root"))
			cgroup = "[web]\ncgroup = /web";
		assert_true(asprintf(&text, "[%s]\n%s = %s\n%s\nsched = qmap\n", bad_values[i].section,
				     bad_values[i].key, bad_values[i].value, cgroup) > 0);
		assert_true(asprintf(&said, "t.ini:2: %s", bad_values[i].said) > 0);
		write_text(text);
		check_refused(FILE_NAME, -EINVAL, said);
	}
}

/* GOOD, then a line of @head, as many 'x' as make it @len bytes, and @tail. */
static void write_long(const char *head, size_t len, const char *tail)
{
	FILE *file = fopen(FILE_NAME, "w");

	fputs(GOOD, file);
	fputs(head, file);
	for (size_t i = strlen(head); i < len; i++)
		fputc('x', file);
	fprintf(file, "%s\n", tail);
	fclose(file);
}

static void test_long_lines(void **)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL, *commented = NULL;

	write_long("; ", 100000, "");
	commented = read_good(FILE_NAME);
	write_long("a = ", 4096, "\nb = 1");
	h = read_good(FILE_NAME);
	assert_int_equal(h->nodes[0]->settings.nr, 2);
	assert_int_equal(strlen(h->nodes[0]->settings.list[0].value), 4092);
	assert_int_equal(h->nodes[0]->settings.list[1].line, 5);

	write_long("a = ", 4097, "\nweight = 0");
	check_refused(FILE_NAME, -EINVAL,
		      "t.ini:4: line is 4097 bytes long; at most 4096 are allowed\n"
		      "t.ini:5: 'weight' is 0, and its range is 1 to 10000\n");
	write_long("", 10000, " = 1");
	check_refused(FILE_NAME, -EINVAL, "t.ini:4: line is 10004 bytes long; at most 4096 are allowed\n");
	write_long("[", 5000, "]\nweight = 1\nweight = 0\nsched = x");
	check_refused(FILE_NAME, -EINVAL,
		      "t.ini:4: line is 5001 bytes long; at most 4096 are allowed\n"
		      "t.ini:6: second key 'weight'; the first is in line 5\n");
}

static void test_long_names(void **)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;

	write_text("[" A60 "123]\ncgroup = /a\nsched = x\n" A60 "456 = 1\n"
		   "[" A60 "124]\ncgroup = /b\nsched = x\n");
	h = read_good(FILE_NAME);
	assert_int_equal(h->nr_nodes, 2);
	assert_string_equal(h->nodes[0]->name, A60 "123");
	assert_string_equal(h->nodes[0]->settings.list[0].key, A60 "456");
	assert_string_equal(h->nodes[1]->name, A60 "124");

	write_text(GOOD "[" A60 "1234]\n");
	check_refused(FILE_NAME, -EINVAL,
		      "t.ini:4: section name '" A60 "1234' is 64 bytes long; at most 63 are allowed\n");
	write_text(GOOD A60 "1234 = 1\n");
	check_refused(FILE_NAME, -EINVAL, "t.ini:4: key '" A60 "1234' is 64 bytes long; at most 63 are allowed\n");
}

static void test_nul_bytes(void **)
{
	static const char nul_at_end[] = GOOD "weight = 3\0";
	static const char elf[] = "\x7f"
				  "ELF\2\1\1\0\0\0\0\nfoo\n";

	write_bytes(nul_at_end, sizeof(nul_at_end));
	check_refused(FILE_NAME, -EINVAL, "t.ini:4: NUL byte: this is not a text file\n");
	write_bytes(elf, sizeof(elf));
	check_refused(FILE_NAME, -EINVAL, "t.ini:1: NUL byte: this is not a text file\n");
}

static void test_unreadable_files(void **)
{
	check_refused("nowhere.ini", -ENOENT, "can't open 'nowhere.ini': No such file or directory\n");
	check_refused(".", -EINVAL, "can't open '.': it is no regular file\n");
	assert_int_equal(mkfifo("fifo.ini", 0600), 0);
	check_refused("fifo.ini", -EINVAL, "can't open 'fifo.ini': it is no regular file\n");
	assert_int_equal(unlink("fifo.ini"), 0);
	write_text(GOOD);
	assert_int_equal(chmod(FILE_NAME, 0), 0);
	if (!geteuid())
		assert_int_equal(seteuid(65534), 0);
	check_refused(FILE_NAME, -EACCES, "can't open 't.ini': Permission denied\n");
	if (!getuid())
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(unlink(FILE_NAME), 0);
}

/* A key is documented when a line of the file begins with it. */
static void check_documented(const char *text, const char *key)
{
	_cleanup_(freep) char *line = NULL;

	assert_true(asprintf(&line, "\n%s =", key) > 0);
	if (!strstr(text, line))
		fail_msg("conf/hierarchy.ini does not show '%s'", key);
}

/* @text: of loader/completion.bash, with a line of the keys that an option may give */
static void check_completed(const char *text, const char *key)
{
	const char *line = strstr(text, "printf '%s=\\n' weight"), *found = line ? strstr(line, key) : NULL;

	if (strcmp(key, "cgroup") && strcmp(key, "sched") && strcmp(key, "parent") &&
	    (!found || found > strchr(line, '\n')))
		fail_msg("loader/completion.bash does not offer '%s'", key);
}

static void read_shipped(const struct dirs *dirs, const char *path, char text[16384])
{
	_cleanup_(freep) char *full = NULL;
	FILE *file;

	assert_true(asprintf(&full, "%s/%s", dirs->tree, path) > 0);
	file = fopen(full, "r");
	assert_non_null(file);
	memset(text, 0, 16384);
	assert_in_range(fread(text, 1, 16384, file), 1, 16383);
	fclose(file);
}

static void test_shipped_files(void **state)
{
	_cleanup_(hierarchy_freep) struct hierarchy *demo = NULL, *full = NULL;
	_cleanup_(freep) char *demo_path = NULL, *full_path = NULL;
	const struct dirs *dirs = *state;
	char text[16384];

	assert_true(asprintf(&demo_path, "%s/conf/demo.ini", dirs->tree) > 0);
	assert_true(asprintf(&full_path, "%s/conf/hierarchy.ini", dirs->tree) > 0);
	demo = read_good(demo_path);
	assert_int_equal(demo->nr_nodes, 3);
	full = read_good(full_path);
	read_shipped(dirs, "conf/hierarchy.ini", text);
	for (size_t i = 0; config_node_key(i); i++)
		check_documented(text, config_node_key(i));
	for (size_t i = 0; config_root_key(i); i++)
		check_documented(text, config_root_key(i));
	read_shipped(dirs, "loader/completion.bash", text);
	for (size_t i = 0; config_node_key(i); i++)
		check_completed(text, config_node_key(i));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_of_the_design), cmocka_unit_test(test_bom_and_crlf),
		cmocka_unit_test(test_defaults),	   cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_bad_values),	   cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_names),	   cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_unreadable_files),   cmocka_unit_test(test_shipped_files),
	};

	return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
