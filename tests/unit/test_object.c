// SPDX-License-Identifier: GPL-2.0
/*
 * test_object.c: finding scheduler objects, refusing what is none, their facts, and setting what is set before load.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
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

#include <bpf/libbpf.h>

#include "loader/file/config.h"
#include "loader/object/types.h"
#include "objects.h"
#include "said.h"

#define LIST_HINT	"hint: 'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look\n"
#define CLANG_HINT	"hint: a scheduler object is what 'clang -target bpf -c' makes\n"
#define TAG_HINT	"hint: it should be tunable:UNIT:MIN..MAX:HELP, see tunable.bpf.h\n"

/* A folder of its own for each test. */
static int make_folder(void **state)
{
	char template[] = "/tmp/test_object.XXXXXX";

	*state = mkdtemp(template) ? strdup(template) : NULL;
	return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
	_cleanup_(freep) char *command = NULL;

	if (asprintf(&command, "rm -rf %s", (char *)*state) < 0 || system(command))
		return -1;
	free(*state);
	return 0;
}

static char *write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
	char *path = NULL;
	FILE *f;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	return path;
}

static char *read_object(const char *name, size_t *ret_size)
{
	_cleanup_(freep) char *path = object_path(name);
	FILE *f = fopen(path, "re");
	struct stat st;
	char *bytes;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	bytes = malloc(st.st_size);
	assert_int_equal(fread(bytes, 1, st.st_size, f), st.st_size);
	fclose(f);
	*ret_size = st.st_size;
	return bytes;
}

static void test_find(void **state)
{
	_cleanup_(freep) char *first = write_file(*state, "good.bpf.o", "", 0);
	_cleanup_(freep) char *search = NULL, *found = NULL, *other = NULL, *direct = NULL;
	struct problems ps = {};

	assert_true(asprintf(&search, "/nowhere::%s:%s", (char *)*state, objects_folder()) > 0);
	assert_int_equal(object_find("good", search, "demo.ini", 4, &found, &ps), 0);
	assert_string_equal(found, first);
	assert_int_equal(object_find("top", search, "demo.ini", 4, &other, &ps), 0);
	assert_memory_equal(other, objects_folder(), strlen(objects_folder()));
	assert_int_equal(object_find("./any/thing.o", search, "demo.ini", 4, &direct, &ps), 0);
	assert_string_equal(direct, "./any/thing.o");
	assert_int_equal(ps.nr, 0);
}

static void test_find_nothing(void **state)
{
	_cleanup_(freep) char *file = write_file(*state, "qmap.bpf.o", "", 0);
	_cleanup_(freep) char *said = NULL, *expected = NULL, *found = NULL;
	struct problems ps = {};

	assert_int_equal(object_find("qmpa", *state, "demo.ini", 4, &found, &ps), -ENOENT);
	assert_int_equal(object_find("elsewhere", *state, NULL, 0, &found, &ps), -ENOENT);
	assert_null(found);
	assert_true(asprintf(&expected,
			     "demo.ini:4: no scheduler 'qmpa' in '%s'; did you mean 'qmap'?\n" LIST_HINT
			     "no scheduler 'elsewhere' in '%s'\n" LIST_HINT,
			     (char *)*state, (char *)*state) > 0);
	said = say(&ps);
	assert_string_equal(said, expected);
}

static void test_list(void **state)
{
	_cleanup_(freep) char *b = write_file(*state, "b.bpf.o", "", 0), *a = write_file(*state, "a.bpf.o", "", 0);
	_cleanup_(freep) char *c = write_file(*state, ".bpf.o", "", 0), *d = write_file(*state, "a.bpf.c", "", 0);
	_cleanup_(freep) char *twice = NULL;
	_cleanup_(object_list_freep) char **list = NULL, **none = NULL;

	assert_true(asprintf(&twice, "%s:%s/.", (char *)*state, (char *)*state) > 0);
	list = object_list(twice);
	assert_string_equal(list[0], a);
	assert_string_equal(list[1], b);
	assert_null(list[2]);
	none = object_list("/nowhere");
	assert_null(none[0]);
}

static void check_tunable(const struct tunable *t, const char *name, const char *unit, const char *def,
			  const char *help)
{
	assert_string_equal(t->name, name);
	assert_string_equal(t->unit, unit);
	assert_string_equal(t->def, def);
	assert_string_equal(t->help, help);
}

static void test_facts(void **)
{
	_cleanup_(freep) char *path = object_path("good");
	_cleanup_(object_freep) struct object *obj = NULL;
	const struct object_facts *facts;
	struct problems ps = {};

	assert_int_equal(object_open(path, OBJECT_SUB, NULL, 0, &obj, &ps), 0);
	assert_int_equal(ps.nr, 0);
	facts = &obj->facts;
	assert_string_equal(facts->path, path);
	assert_string_equal(facts->name, "good");
	assert_string_equal(facts->ops_name, "good");
	assert_string_equal(facts->description, "does nothing, well");
	assert_int_equal(facts->flags, 1 << 8 | 1 << 2);
	assert_true(facts->calls_tid_to_task);
	assert_true(facts->uses_pool);
	assert_false(facts->is_root);
	assert_int_equal(facts->slab_ctx_bytes, 192);
	assert_int_equal(facts->policy_bytes, 640);
	assert_true(object_has(facts, "enqueue"));
	assert_true(object_has(facts, "timeout_ms"));
	assert_false(object_has(facts, "sub_attach"));
	assert_false(object_has(facts, "hotplug_seq"));
	assert_non_null(obj->arena);
	assert_non_null(obj->ops);

	assert_int_equal(facts->nr_tunables, 8);
	check_tunable(&facts->tunables[0], "slice_us", "us", "4000", "how long a task runs: then another does");
	assert_int_equal(facts->tunables[0].min, 100);
	assert_int_equal(facts->tunables[0].max, 1000000);
	check_tunable(&facts->tunables[1], "nice", "steps", "-5", "added to a task's own");
	check_tunable(&facts->tunables[2], "batch", "tasks", "1", "tasks taken at once");
	check_tunable(&facts->tunables[3], "boost", "bool", "yes", "tasks of nice -20 first");
	check_tunable(&facts->tunables[4], "immed", "bool", "no", "insert to run at once, or not at all");
	assert_string_equal(facts->tunables[4].flag, "SCX_OPS_ALWAYS_ENQ_IMMED");
	check_tunable(&facts->tunables[5], "on_full", "degrade|refuse|abort", "refuse",
		      "what becomes of a task without a context");
	check_tunable(&facts->tunables[6], "command", "string", "", "the only command to take");
	assert_false(facts->tunables[6].live);
	check_tunable(&facts->tunables[7], "patience_us", "us", "30", "how long to wait for it");
	assert_true(facts->tunables[7].live);
}

static void test_facts_of_others(void **)
{
	_cleanup_(freep) char *tid = object_path("tid_undeclared"), *top = object_path("top");
	_cleanup_(object_freep) struct object *caller = NULL, *root = NULL;

	assert_int_equal(object_open(tid, OBJECT_SUB, NULL, 0, &caller, NULL), 0);
	assert_true(caller->facts.calls_tid_to_task);
	assert_false(caller->facts.uses_pool);
	assert_string_equal(caller->facts.description, "");
	assert_int_equal(caller->facts.flags, 0);
	assert_int_equal(caller->facts.nr_tunables, 0);
	assert_int_equal(object_open(top, OBJECT_ROOT, NULL, 0, &root, NULL), 0);
	assert_true(root->facts.is_root);
	assert_false(root->facts.calls_tid_to_task);
	assert_true(object_has(&root->facts, "sub_attach"));
}

static void check_plain(const struct object_facts *facts, const char *name, const char *unit, const char *def,
			int64_t min, int64_t max)
{
	size_t i = 0;

	while (i < facts->nr_tunables && strcmp(facts->tunables[i].name, name))
		i++;
	assert_true(i < facts->nr_tunables);
	check_tunable(&facts->tunables[i], name, unit, def, "");
	assert_int_equal(facts->tunables[i].min, min);
	assert_int_equal(facts->tunables[i].max, max);
}

/* Its settings are those of its variables that the loader does not set. */
static void test_facts_of_foreign(void **)
{
	_cleanup_(freep) char *path = object_path("foreign");
	_cleanup_(object_freep) struct object *obj = NULL;
	const struct object_facts *facts;

	assert_int_equal(object_open(path, OBJECT_SUB, NULL, 0, &obj, NULL), 0);
	facts = &obj->facts;
	assert_false(facts->uses_pool);
	assert_true(facts->arena_globals);
	assert_true(object_has_variable(obj, "max_tasks"));
	assert_false(object_has_variable(obj, "max_task"));
	assert_int_equal(facts->nr_tunables, 4);
	check_plain(facts, "slice_ns", "u64", "20000000", 0, INT64_MAX);
	check_plain(facts, "batch", "u32", "0", 0, UINT32_MAX);
	check_plain(facts, "nice", "s16", "-5", INT16_MIN, INT16_MAX);
	check_plain(facts, "boost", "bool", "yes", 0, 0);
}

/* Open what must be refused; what is said of it, with "PATH" for its path. */
static void check_refused(const char *path, enum object_role role, const char *expected)
{
	_cleanup_(freep) char *said = NULL;
	struct object *obj = NULL;
	struct problems ps = {};
	size_t len = strlen(path);

	assert_int_equal(object_open(path, role, "demo.ini", 9, &obj, &ps), -EINVAL);
	assert_null(obj);
	said = say(&ps);
	for (char *p = said; (p = strstr(p, path)); p += strlen("PATH")) {
		memmove(p + strlen("PATH"), p + len, strlen(p + len) + 1);
		memcpy(p, "PATH", strlen("PATH"));
	}
	assert_string_equal(said, expected);
}

static void test_many_maps(void **)
{
	_cleanup_(freep) char *path = object_path("many_maps"), *expected = NULL;
	_cleanup_(object_freep) struct object *obj = NULL;

	if (libbpf_major_version() > 1 || libbpf_minor_version() >= 7) {
		assert_int_equal(object_open(path, OBJECT_SUB, NULL, 0, &obj, NULL), 0);
		return;
	}
	assert_true(
		asprintf(&expected,
			 "demo.ini:9: 'PATH' has __arena globals and 17 maps; libbpf %s can load such an object with "
			 "at most 16\nhint: install libbpf 1.7, or compile it with -fno-zero-initialized-in-bss to "
			 "have one map less\n",
			 libbpf_version_string()) > 0);
	check_refused(path, OBJECT_SUB, expected);
}

static void test_refused_objects(void **)
{
	static const struct {
		const char *name;
		enum object_role role;
		const char *said;
	} objects[] = {
		{ "cpu_form", OBJECT_SUB,
		  "demo.ini:9: 'PATH' is a cpu-form scheduler; a sub must be cid-form (struct sched_ext_ops_cid)\n"
		  "hint: define it with SCX_OPS_CID_DEFINE()\n" },
		{ "cpu_form", OBJECT_ROOT,
		  "demo.ini:9: 'PATH' is a cpu-form scheduler; a root must be cid-form (struct sched_ext_ops_cid)\n"
		  "hint: define it with SCX_OPS_CID_DEFINE()\n" },
		{ "no_arena", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has no arena; a cid-form scheduler must have exactly one\n"
		  "hint: declare a BPF_MAP_TYPE_ARENA map, and use it in a callback\n" },
		{ "two_arenas", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has 2 arenas: 'one', 'other'; a cid-form scheduler must have exactly one\n"
		  "hint: keep one of them\n" },
		{ "proprietary", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has the licence 'Proprietary', which is not GPL-compatible\n"
		  "hint: the kernel keeps sched_ext for programs with such a licence\n" },
		{ "two_scheds", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has 2 schedulers: 'first_ops', 'second_ops'\nhint: make an object of each\n" },
		{ "no_sched", OBJECT_SUB,
		  "demo.ini:9: 'PATH' declares no licence\nhint: add: char _license[] SEC(\"license\") = \"GPL\";\n"
		  "demo.ini:9: 'PATH' has no scheduler\n"
		  "hint: a scheduler is a struct sched_ext_ops_cid made by SCX_OPS_CID_DEFINE()\n" },
		{ "arena_globals", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has __arena globals, which would lie on the header of the shared pool\n"
		  "hint: keep what they hold in the policy's block of the region\n" },
		{ "bad_map", OBJECT_SUB,
		  "demo.ini:9: 'PATH' can't be opened by libbpf: Operation not supported\n"
		  "    libbpf: map 'odd': unknown field 'colour'.\n" },
		{ "bad_tags", OBJECT_SUB,
		  "demo.ini:9: 'PATH' has a tunable 'slice_us' with a tag that is malformed or does not fit it: "
		  "'us:100-1000000:a range with the wrong dots'\n" TAG_HINT
		  "demo.ini:9: 'PATH' has a tunable 'batch' with a tag that is malformed or does not fit it: "
		  "'tasks:1..256:more than fits'\n" TAG_HINT
		  "demo.ini:9: 'PATH' has a tunable 'boost' with a tag that is malformed or does not fit it: "
		  "'bool:SCX_OPS_BOOST:a flag that there is not'\n" TAG_HINT },
		{ "good", OBJECT_ROOT,
		  "demo.ini:9: 'PATH' is not a root scheduler: it has no program 'pool_init'\n"
		  "hint: 'scx-loader list' shows which are\n" },
		{ "childless_top", OBJECT_ROOT,
		  "demo.ini:9: 'PATH' is a root scheduler without sub_attach: nothing can attach beneath it\n" },
		{ "far_arena", OBJECT_ROOT,
		  "demo.ini:9: 'PATH' has its arena at 0x10000000000, where the pool is not\n"
		  "hint: take it from root-sched/pool.bpf.h\n" },
		{ "top", OBJECT_SUB, "demo.ini:9: 'PATH' is a root scheduler, which can't be a sub\n" },
	};

	for (size_t i = 0; i < TABLE_SIZE(objects); i++) {
		_cleanup_(freep) char *path = object_path(objects[i].name);

		check_refused(path, objects[i].role, objects[i].said);
	}
}

static void test_refused_files(void **state)
{
	_cleanup_(freep) char *text = write_file(*state, "text", "[root]\n", 7),
			      *empty = write_file(*state, "empty", "", 0);
	_cleanup_(freep) char *magic = write_file(*state, "magic", "\177ELF\2\1\1", 7);

	check_refused(text, OBJECT_SUB, "demo.ini:9: 'PATH' is not an ELF file\n" CLANG_HINT);
	check_refused(empty, OBJECT_SUB, "demo.ini:9: 'PATH' is not an ELF file\n" CLANG_HINT);
	check_refused(magic, OBJECT_SUB, "demo.ini:9: 'PATH' is not an ELF file\n" CLANG_HINT);
	check_refused(*state, OBJECT_SUB, "demo.ini:9: 'PATH' is not an ELF file\n" CLANG_HINT);
	check_refused("/proc/self/exe", OBJECT_SUB,
		      "demo.ini:9: 'PATH' is an ELF file, but not for BPF (machine 62)\n" CLANG_HINT);
}

/* An object that somebody has linked: libbpf takes relocatable ones. */
static void test_linked(void **state)
{
	_cleanup_(freep) char *bytes = NULL, *path = NULL;
	size_t size;

	bytes = read_object("good", &size);
	((Elf64_Ehdr *)bytes)->e_type = ET_EXEC;
	path = write_file(*state, "good", bytes, size);
	check_refused(path, OBJECT_SUB,
		      "demo.ini:9: 'PATH' is a BPF file, but not a relocatable object (type 2)\n" CLANG_HINT);
}

static void test_missing_file(void **)
{
	_cleanup_(freep) char *said = NULL;
	struct object *obj = NULL;
	struct problems ps = {};

	assert_int_equal(object_open("/nowhere/x.bpf.o", OBJECT_SUB, NULL, 0, &obj, &ps), -ENOENT);
	said = say(&ps);
	assert_string_equal(said, "can't open '/nowhere/x.bpf.o': No such file or directory\n");
}

/* A file of nothing but a size */
static void test_huge_file(void **state)
{
	_cleanup_(freep) char *path = write_file(*state, "x.bpf.o", "", 0);
	struct object *obj = NULL;

	assert_int_equal(truncate(path, 1ll << 40), 0);
	assert_int_equal(object_open(path, OBJECT_SUB, NULL, 0, &obj, NULL), -EFBIG);
}

/* Whatever is cut off, it is told from what was never an object, and nothing crashes. */
static void test_truncated(void **state)
{
	_cleanup_(freep) char *bytes = NULL;
	size_t size;

	bytes = read_object("good", &size);
	for (size_t keep = 64; keep < size; keep += size / 37) {
		_cleanup_(freep) char *path = write_file(*state, "cut.bpf.o", bytes, keep);
		_cleanup_(freep) char *expected = NULL;

		assert_true(asprintf(&expected,
				     "demo.ini:9: 'PATH' is truncated: it has %zu bytes of at least %zu\n"
				     "hint: make or install it again\n",
				     keep, size) > 0);
		check_refused(path, OBJECT_SUB, expected);
	}
}

/* Bytes that are turned over anywhere in the file are refused, or do no harm. */
static void test_damaged(void **state)
{
	_cleanup_(freep) char *bytes = NULL;
	size_t size;

	bytes = read_object("good", &size);
	for (size_t at = 5; at < size; at += size / 400) {
		_cleanup_(object_freep) struct object *obj = NULL;
		_cleanup_(problems_free) struct problems ps = {};
		_cleanup_(freep) char *path = NULL;

		bytes[at] ^= 0xff;
		path = write_file(*state, "hurt.bpf.o", bytes, size);
		if (object_open(path, OBJECT_SUB, NULL, 0, &obj, &ps))
			assert_true(ps.nr > 0);
		bytes[at] ^= 0xff;
	}
}

static const void *rodata(const struct object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info = types_find_var(btf, types_section(btf, ".rodata"), name);
	size_t size;

	assert_non_null(info);
	return (const char *)bpf_map__initial_value(obj->rodata, &size) + info->offset;
}

static struct object *open_good(void)
{
	_cleanup_(freep) char *path = object_path("good");
	struct object *obj = NULL;

	assert_int_equal(object_open(path, OBJECT_SUB, NULL, 0, &obj, NULL), 0);
	return obj;
}

static void test_set_tunables(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();
	struct setting list[] = { { "slice_us", "250", 3 }, { "nice", "-20", 4 },    { "batch", "255", 5 },
				  { "boost", "no", 6 },	    { "on_full", "abort", 7 }, { "command", "make", 0 } };
	struct problems ps = {};

	assert_int_equal(object_set_tunables(obj, &(struct settings){ list, TABLE_SIZE(list) }, "web", "demo.ini",
					     config_node_key, &ps),
			 0);
	assert_int_equal(ps.nr, 0);
	assert_int_equal(*(uint64_t *)rodata(obj, "slice_us"), 250);
	assert_int_equal(*(int16_t *)rodata(obj, "nice"), -20);
	assert_int_equal(*(uint8_t *)rodata(obj, "batch"), 255);
	assert_false(*(bool *)rodata(obj, "boost"));
	assert_int_equal(*(uint32_t *)rodata(obj, "on_full"), 2);
	assert_string_equal(rodata(obj, "command"), "make");
	assert_int_equal(obj->facts.flags, 1 << 8 | 1 << 2);
}

/* In .data.live, where nothing else is. */
static uint16_t patience(const struct object *obj)
{
	uint16_t value;
	size_t size;

	memcpy(&value, bpf_map__initial_value(obj->live, &size), sizeof(value));
	return value;
}

static void test_live_tunable(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();
	struct setting set = { "patience_us", "40", 3 };
	struct problems ps = {};

	assert_int_equal(
		object_set_tunables(obj, &(struct settings){ &set, 1 }, "web", "demo.ini", config_node_key, &ps), 0);
	assert_int_equal(patience(obj), 40);
	assert_int_equal(object_set_live(obj, "patience_us", "500", &ps), 0);
	assert_int_equal(patience(obj), 500);
	assert_int_equal(object_set_live(obj, "patience_us", "501", &ps), -EINVAL);
	assert_int_equal(patience(obj), 500);
	assert_int_equal(object_set_live(obj, "patience_us", NULL, &ps), 0);
	assert_int_equal(patience(obj), 30);
	assert_int_equal(ps.nr, 1);
	problems_free(&ps);
}

static uint64_t ops_field(const struct object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(obj->ops));
	uint64_t value;

	memcpy(&value, (char *)bpf_map__initial_value(obj->ops, NULL) + types_find_member(btf, t, name)->offset / 8,
	       sizeof(value));
	return value;
}

static void test_tunable_with_flag(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();
	struct setting yes = { "immed", "yes", 3 }, no = { "immed", "no", 3 };

	assert_int_equal(object_set_tunables(obj, &(struct settings){ &yes, 1 }, "web", "f", config_node_key, NULL), 0);
	assert_int_equal(obj->facts.flags, 1 << 8 | 1 << 7 | 1 << 2);
	assert_int_equal(ops_field(obj, "flags"), 1 << 8 | 1 << 7 | 1 << 2);
	assert_int_equal(object_set_tunables(obj, &(struct settings){ &no, 1 }, "web", "f", config_node_key, NULL), 0);
	assert_int_equal(ops_field(obj, "flags"), 1 << 8 | 1 << 2);
}

static void test_refused_settings(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();
	struct setting list[] = { { "slice_us", "2ms", 3 },
				  { "slice_us", "50", 4 },
				  { "slice_us", "99999999999999999999", 5 },
				  { "nice", "-21", 6 },
				  { "batch", "", 7 },
				  { "boost", "true", 8 },
				  { "on_full", "reboot", 9 },
				  { "command", "sixteen-bytes-xx", 10 },
				  { "slice_ms", "2", 11 },
				  { "wieght", "2", 12 },
				  { "colour", "red", 13 },
				  { "bacth", "8", 0 },
				  { "batch", "256", 0 } };
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	assert_int_equal(object_set_tunables(obj, &(struct settings){ list, TABLE_SIZE(list) }, "web", "demo.ini",
					     config_node_key, &ps),
			 -EINVAL);
	said = say(&ps);
	assert_string_equal(said,
			    "demo.ini:3: bad number '2ms' for 'slice_us'\n"
			    "hint: write a plain decimal number from 100 to 1000000; the unit is us\n"
			    "demo.ini:4: 'slice_us' is 50, and its range is 100 to 1000000 us\n"
			    "demo.ini:5: 'slice_us' is 99999999999999999999, and its range is 100 to 1000000 us\n"
			    "demo.ini:6: 'nice' is -21, and its range is -20 to 19 steps\n"
			    "demo.ini:7: bad number '' for 'batch'\n"
			    "hint: write a plain decimal number from 1 to 255; the unit is tasks\n"
			    "demo.ini:8: bad word 'true' for 'boost'\nhint: write 'no' or 'yes'\n"
			    "demo.ini:9: bad word 'reboot' for 'on_full'\nhint: write 'degrade', 'refuse' or 'abort'\n"
			    "demo.ini:10: 'command' is 16 bytes long; at most 15 are allowed\n"
			    "demo.ini:11: unknown key 'slice_ms' in [web]; did you mean 'slice_us'?\n"
			    "demo.ini:12: unknown key 'wieght' in [web]; did you mean 'weight'?\n"
			    "demo.ini:13: unknown key 'colour' in [web]\n"
			    "hint: 'scx-loader list' shows the keys of each scheduler\n"
			    "option 'bacth=8': unknown key 'bacth' in [web]; did you mean 'batch'?\n"
			    "option 'batch=256': 'batch' is 256, and its range is 1 to 255 tasks\n");
	assert_int_equal(*(uint64_t *)rodata(obj, "slice_us"), 4000);
}

static void test_set_u64(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();

	assert_int_equal(object_set_u64(obj, "pool_region", 1ull << 44), 0);
	assert_int_equal(*(uint64_t *)rodata(obj, "pool_region"), 1ull << 44);
	assert_int_equal(object_set_u64(obj, "pool_entity", 0xffffffff), 0);
	assert_int_equal(*(uint32_t *)rodata(obj, "pool_entity"), 0xffffffff);
	assert_int_equal(object_set_u64(obj, "pool_entity", 1ull << 32), -ERANGE);
	assert_int_equal(object_set_u64(obj, "command", 1), -EINVAL);
	assert_int_equal(object_set_u64(obj, "max_tasks", 1), -ENOENT);
}

static void test_set_cgroup(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();

	assert_int_equal(object_set_cgroup(obj, 0x123456789abc), 0);
	assert_int_equal(ops_field(obj, "sub_cgroup_id"), 0x123456789abc);
}

static void test_enums(void **)
{
	_cleanup_(object_freep) struct object *obj = open_good();
	_cleanup_(btf__freep) struct btf *kernel = kernel_at("TEST_VMLINUX");

	if (!kernel)
		skip();
	object_set_enums(obj, kernel);
	assert_int_equal(*(uint64_t *)rodata(obj, "__SCX_SLICE_DFL"), 20000000);
	assert_int_equal(*(uint64_t *)rodata(obj, "__SCX_ENQ_IMMED"), 1ull << 33);
	assert_int_equal(*(uint64_t *)rodata(obj, "__SCX_OPS_NAME_LEN"), 128);
	assert_true(*(uint64_t *)rodata(obj, "__SCX_DSQ_LOCAL") == (1ull << 63 | 2));
}

/* As the kernel would leave it: before load the map's memory is ours to write. */
static void test_exit_record(void **)
{
	_cleanup_(freep) char *quiet_path = object_path("top");
	_cleanup_(object_freep) struct object *obj = open_good(), *quiet = NULL;
	struct uei {
		int kind, cpu;
		int64_t code;
		char reason[128], msg[1024];
	} *uei;
	struct exit_record record;
	size_t size;

	assert_non_null(obj->exit_map);
	assert_int_equal(object_exit_record(obj, &record), 0);
	assert_int_equal(record.kind, 0);
	assert_null(record.reason);

	uei = (void *)((char *)bpf_map__initial_value(obj->exit_map, &size) + obj->exit_offset);
	*uei = (struct uei){ .kind = 1025, .code = -28, .reason = "runtime error", .msg = "slab exhausted" };
	assert_int_equal(object_exit_record(obj, &record), 0);
	assert_int_equal(record.kind, 1025);
	assert_int_equal(record.code, -28);
	assert_string_equal(record.reason, "runtime error");
	assert_string_equal(record.msg, "slab exhausted");
	free(record.reason);
	free(record.msg);

	assert_int_equal(object_open(quiet_path, OBJECT_ROOT, NULL, 0, &quiet, NULL), 0);
	assert_int_equal(object_exit_record(quiet, &record), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_find_nothing, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_list, make_folder, remove_folder),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_facts_of_others),
		cmocka_unit_test(test_facts_of_foreign),
		cmocka_unit_test(test_many_maps),
		cmocka_unit_test(test_refused_objects),
		cmocka_unit_test_setup_teardown(test_refused_files, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_linked, make_folder, remove_folder),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test_setup_teardown(test_huge_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_truncated, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_damaged, make_folder, remove_folder),
		cmocka_unit_test(test_set_tunables),
		cmocka_unit_test(test_live_tunable),
		cmocka_unit_test(test_tunable_with_flag),
		cmocka_unit_test(test_refused_settings),
		cmocka_unit_test(test_set_u64),
		cmocka_unit_test(test_set_cgroup),
		cmocka_unit_test(test_enums),
		cmocka_unit_test(test_exit_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
