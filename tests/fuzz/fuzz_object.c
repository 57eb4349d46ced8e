// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_object.c: object files, and all that `list`, `--check` and `attach` do with one up to the kernel, libbpf's part
 * included: the kernel here is a system call that says yes.
 *
 * What must hold: a file is refused with a reason that can be shown, or taken with none, and then has what an object must
 * have. Half of the changes are made where the numbers are: in the tables of the file and its types.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "fuzz.h"
#include "loader/file/config.h"
#include "loader/object/flags.h"
#include "loader/object/image.h"
#include "loader/object/list.h"
#include "loader/object/object.h"
#include "loader/object/types.h"
#include "loader/text.h"

#define ARENA_ADDR	(1ull << 45)	/* where nothing is; libbpf maps an arena over whatever is there */
#define ARENA_PAGES	(1u << 20)	/* the kernel's limit */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/*
 * libbpf loses some bytes of what it refuses to load. That object_free() gives back what is the object's the unit tests see.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libbpf.so";
}

/* The kernel */

static int kernel_memory;	/* behind all maps */
static struct btf *kernel;

static int kernel_fd(void)
{
	return fcntl(kernel_memory, F_DUPFD_CLOEXEC, 3);
}

static long kernel_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	struct bpf_map_info *info;

	switch (cmd) {
	case BPF_MAP_CREATE:
		if (attr->map_type == BPF_MAP_TYPE_ARENA && attr->max_entries > ARENA_PAGES) {
			errno = E2BIG;
			return -1;
		}
		return kernel_fd();
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return kernel_fd();
	case BPF_OBJ_GET_INFO_BY_FD:
		info = (void *)attr->info.info;
		memset(info, 0, attr->info.info_len);
		if (attr->info.info_len >= sizeof(*info))
			*info = (struct bpf_map_info){ .type = BPF_MAP_TYPE_ARENA, .max_entries = 16 };
		return 0;
	case BPF_OBJ_GET:
	case BPF_BTF_GET_NEXT_ID:
		errno = ENOENT;
		return -1;
	default:
		return 0;
	}
}

/* The dynamic linker gives libbpf the program's own of these two, as it does of what loader/object/types_index.c has. */

long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	va_list args;
	long a[6];

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_bpf)
		return kernel_bpf(a[0], (union bpf_attr *)a[1]);
	if (!real)
		real = dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

struct btf *btf__load_vmlinux_btf(void)
{
	__u32 size;
	const void *raw = btf__raw_data(kernel, &size);

	return btf__new(raw, size);
}

/* Its types are those of a seed, and what makes ops of one of them. */
static void make_kernel(const char *program)
{
	_cleanup_(freep) char *copy = strdup(program), *path = NULL;
	int ops;

	must(asprintf(&path, "%s/corpus/object/sub.bpf.o", dirname(copy)) > 0);
	kernel = btf__parse(path, NULL);
	must_with(kernel, path);
	ops = btf__find_by_name_kind(kernel, "sched_ext_ops_cid", BTF_KIND_STRUCT);
	must(ops > 0);
	must(btf__add_struct(kernel, "bpf_struct_ops_sched_ext_ops_cid", 64) > 0);
	must(btf__add_field(kernel, "data", ops, 0, 0) == 0);
	kernel_memory = memfd_create("kernel", MFD_CLOEXEC);
	must(kernel_memory >= 0 && ftruncate(kernel_memory, 1ll << 33) == 0);
}

/* A file without a disk, in a folder to be listed */

static int fd;
static char folder[64], path[96];

int LLVMFuzzerInitialize(int *, char ***argv)
{
	char target[32];

	make_kernel(**argv);
	fd = memfd_create("object", MFD_CLOEXEC);
	must(fd >= 0);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	snprintf(folder, sizeof(folder), "%s/fuzz_object.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	must(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.bpf.o", folder);
	must(symlink(target, path) == 0);
	return 0;
}

/* Lines of text that can be shown; libbpf's stand below ours. */
static bool can_tell(char *text)
{
	for (char *line; (line = strsep(&text, "\n"));)
		if (!text_is_plain(line))
			return false;
	return true;
}

static void check_told(struct problems *ps)
{
	for (size_t i = 0; i < ps->nr; i++)
		must_with(can_tell(ps->list[i].text), ps->list[i].text);
}

static void list(void)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
	_cleanup_(freep) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	list_schedulers(out, folder);
	must(fclose(out) == 0);
	must_with(size && can_tell(text), text);
	must(list_to_json(folder, &json) == 0);
}

static struct object *open_as(enum object_role role)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct object *obj = NULL;
	int r = object_open(path, role, "demo.ini", 1, &obj, &ps);

	must(r == 0 || r == -EINVAL);
	must((r == 0) == !ps.nr && (r == 0) == !!obj);
	check_told(&ps);
	return obj;
}

/* Each is set to what it is, and the flags of the ops with it. */
static void set_tunables(struct object *obj)
{
	_cleanup_(problems_free) struct problems ps = {};

	for (size_t i = 0; i < obj->facts.nr_tunables; i++) {
		const struct tunable *t = &obj->facts.tunables[i];
		struct setting set = { t->name, t->def, i };

		object_set_tunables(obj, &(struct settings){ &set, 1 }, "web", "demo.ini", config_node_key, &ps);
		if (t->live)
			object_set_live(obj, t->name, NULL, &ps);
	}
	check_told(&ps);
}

static void check_flags(const struct object *obj)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct node node = { .name = "web", .cgroup = "/web" };
	const struct root_conf conf = {};

	if (obj->facts.is_root)
		flags_check_root(&obj->facts, &conf, "demo.ini", kernel, &ps);
	else
		flags_check(&obj->facts, &obj->facts, &obj->facts, &node, "demo.ini", kernel, &ps);
	check_told(&ps);
}

static void read_end(const struct object *obj)
{
	_cleanup_(freep) char *dump = object_exit_dump(obj);
	struct exit_record record = {};

	if (object_exit_record(obj, &record) == 0) {
		free(record.reason);
		free(record.msg);
	}
}

static void load(struct object *obj)
{
	_cleanup_(problems_free) struct problems ps = {};

	object_set_enums(obj, kernel);
	object_set_u64(obj, "pool_region", ~0ull);
	object_set_u64(obj, "pool_entity", 1);
	object_set_u64(obj, "sub_cgroup_id", ~0ull);
	object_set_u64(obj, "max_tasks", 1);
	object_set_cgroup(obj, ~0ull);
	object_place_arena(obj, ARENA_ADDR);
	must((object_load(obj, &ps) == 0) == !ps.nr);
	check_told(&ps);
}

static void use(struct object *obj)
{
	const struct object_facts *facts = &obj->facts;

	must(obj->ops && obj->arena && facts->name && facts->ops_name && facts->description);
	set_tunables(obj);
	check_flags(obj);
	read_end(obj);
	load(obj);
	read_end(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(object_freep) struct object *sub = NULL, *root = NULL;

	must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	list();
	sub = open_as(OBJECT_SUB);
	if (sub)
		use(sub);
	root = sub ? NULL : open_as(OBJECT_ROOT);
	if (root)
		use(root);
	return 0;
}

/* Changes */

/* A part of the file that is a table, or another one: of the headers of sections, or of what one of these tells of. */
static void choose_part(const uint8_t *data, size_t size, size_t *ret_at, size_t *ret_size)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh;
	size_t i;

	*ret_at = 0;
	*ret_size = size;
	if (size < sizeof(eh))
		return;
	memcpy(&eh, data, sizeof(eh));
	if (!eh.e_shnum || eh.e_shoff > size || eh.e_shnum * sizeof(sh) > size - eh.e_shoff)
		return;
	i = rand() % (eh.e_shnum + 1);
	if (i == eh.e_shnum) {
		*ret_at = eh.e_shoff;
		*ret_size = eh.e_shnum * sizeof(sh);
		return;
	}
	memcpy(&sh, data + eh.e_shoff + i * sizeof(sh), sizeof(sh));
	if (sh.sh_offset > size || sh.sh_size > size - sh.sh_offset)
		return;
	*ret_at = sh.sh_offset;
	*ret_size = sh.sh_size;
}

/* A number near to one that would do: another one of the table, the next one, a small one, one too large */
static void change_word(uint8_t *part, size_t nr_words)
{
	uint32_t word;
	uint8_t *at = part + rand() % nr_words * sizeof(word);

	memcpy(&word, at, sizeof(word));
	switch (rand() % 6) {
	case 0:
		memcpy(&word, part + rand() % nr_words * sizeof(word), sizeof(word));
		break;
	case 1:
		word += rand() % 2 ? 1 : -1;
		break;
	case 2:
		word = rand() % 64;
		break;
	case 3:
		word = -(rand() % 16);
		break;
	case 4:
		word ^= 1u << rand() % 32;
		break;
	case 5:
		word = (word & 0xffffff) | (uint32_t)(rand() % 20) << 24; /* the kind of a type */
		break;
	}
	memcpy(at, &word, sizeof(word));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t at, part;

	srand(seed);
	if (rand() % 4 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (int i = rand() % 4; i >= 0; i--) {
		choose_part(data, size, &at, &part);
		if (part >= sizeof(uint32_t))
			change_word(data + at, part / sizeof(uint32_t));
	}
	return size;
}
