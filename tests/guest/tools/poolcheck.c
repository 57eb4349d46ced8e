// SPDX-License-Identifier: GPL-2.0
/*
 * poolcheck: look into the pool of the running tree from outside: is it laid out as pool_abi.h says, and what is in it?
 *
 * It finds the arena map of the kernel's that is called "arena", maps it where everybody has it, and follows header, tables
 * and regions. What is wrong goes to stderr, and the exit status is 1 then. The output is a JSON document with a
 * checksum of each part that has one owner, so that a test can see who wrote where.
 *
 * It reads only pages that are allocated: the kernel answers a touch of any other by allocating it. With --touch-guards it
 * does just that, as the last thing done to a tree: every guard must turn out to be one page that was not there.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "root-sched/pool_abi.h"

static const struct pool_hdr *hdr = (void *)POOL_HDR_ADDR;
static const struct entity *entities = (void *)POOL_ENTITIES_ADDR;
static bool bad;

static void __attribute__((format(printf, 1, 2))) wrong(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("poolcheck: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	bad = true;
}

static int find_arena(struct bpf_map_info *info)
{
	int found = -1, fd;

	for (__u32 id = 0; !bpf_map_get_next_id(id, &id);) {
		__u32 len = sizeof(*info);
		struct bpf_map_info this = {};

		fd = bpf_map_get_fd_by_id(id);
		if (fd < 0)
			continue;	/* gone since */
		if (bpf_map_get_info_by_fd(fd, &this, &len) || this.type != BPF_MAP_TYPE_ARENA ||
		    strcmp(this.name, "arena")) {
			close(fd);
			continue;
		}
		if (found >= 0)
			errx(EXIT_FAILURE, "there are two arenas: map %u and map %u", info->id, id);
		found = fd;
		*info = this;
	}
	if (found < 0)
		errx(EXIT_FAILURE, "there is no arena");
	return found;
}

/* Pages that are allocated, by the kernel's count. */
static uint64_t populated(int fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	if (!f || !bytes)
		errx(EXIT_FAILURE, "the kernel does not tell how much of the arena is allocated");
	fclose(f);
	return bytes / POOL_PAGE;
}

/* FNV-1a */
static uint64_t checksum(const void *data, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (const unsigned char *p = data; size--; p++)
		sum = (sum ^ *p) * 0x100000001b3;
	return sum;
}

static const struct region_hdr *region_of(const struct entity *e)
{
	return (const void *)e->region;
}

/* The page behind a region: its guard. */
static uint64_t region_end(const struct entity *e)
{
	return e->region + region_of(e)->nr_pages * POOL_PAGE;
}

static void check_region(uint32_t nr)
{
	const struct entity *e = &entities[nr];
	const struct region_hdr *r = region_of(e);
	uint64_t first = pool_first_region(hdr->nr_pages), end = POOL_BASE + hdr->nr_pages * POOL_PAGE;

	if (e->region % POOL_PAGE || e->region < first || e->region >= end) {
		wrong("entity %u: its region at %#llx is not in the pool", nr, e->region);
		exit(EXIT_FAILURE);	/* not to be read */
	}
	if (r->magic != POOL_MAGIC || r->version != POOL_VERSION)
		wrong("entity %u: no region at %#llx", nr, e->region);
	if (r->entity != nr)
		wrong("entity %u: its region says that it is entity %u's", nr, r->entity);
	if (r->generation != e->generation)
		wrong("entity %u: generation %llu, its region's %llu", nr, e->generation, r->generation);
	if (region_end(e) + POOL_PAGE > end)
		wrong("entity %u: its region and guard end behind the pool", nr);
	if (r->slab + r->slab_capacity * r->slab_stride > region_end(e))
		wrong("entity %u: its slab ends behind its region", nr);
	for (uint32_t i = 0; i < nr; i++)
		if (entities[i].region && entities[i].region < region_end(e) + POOL_PAGE &&
		    e->region < region_end(&entities[i]) + POOL_PAGE)
			wrong("the regions of the entities %u and %u overlap, or share a guard", i, nr);
}

/* Its places on cids. They come and go with the tasks that are bound: what is looked at is where they are. */
static void check_places(uint32_t nr)
{
	uint64_t end = hdr->places + hdr->nr_entities * sizeof(struct place), addr = entities[nr].places;

	for (uint32_t i = 0; addr; i++) {
		const struct place *place = (const void *)addr;

		if (addr < hdr->places || addr >= end || (addr - hdr->places) % sizeof(*place) || i == hdr->nr_cids) {
			wrong("entity %u: its %u. place is at %#" PRIx64, nr, i, addr);
			return;
		}
		if (place->entity != nr || place->cid < 0 || place->cid >= (int)hdr->nr_cids || !place->up)
			wrong("entity %u: its %u. place is entity %u's, on cid %d", nr, i, place->entity, place->cid);
		addr = place->sibling;
	}
}

static void check_pool(const struct bpf_map_info *info, uint64_t nr_populated)
{
	uint64_t nr_region = 0, nr_guard = 2;

	if (hdr->magic != POOL_MAGIC || hdr->version != POOL_VERSION)
		errx(EXIT_FAILURE, "no pool in the arena: magic %#llx, version %u", hdr->magic, hdr->version);
	if (hdr->nr_pages != info->max_entries)
		wrong("the header says %llu pages, the arena has %u", hdr->nr_pages, info->max_entries);
	if (hdr->nr_entities != pool_nr_entities(hdr->nr_pages) || hdr->nr_places > hdr->nr_entities)
		wrong("the header says %u entities, and %u places", hdr->nr_entities, hdr->nr_places);
	if (hdr->nr_fixed != pool_head_pages(hdr->nr_cids) + pool_table_pages(hdr->nr_pages))
		wrong("the header says %llu fixed pages", hdr->nr_fixed);
	for (uint32_t i = 0; i < hdr->nr_entities; i++) {
		if (entities[i].generation > hdr->generation)
			wrong("entity %u is newer than the newest", i);
		if (entities[i].state != ENTITY_FREE)
			check_places(i);
		if (!entities[i].region)
			continue;
		if (entities[i].state != ENTITY_RESERVED && entities[i].state != ENTITY_ATTACHED)
			wrong("entity %u is no node and has a region", i);
		check_region(i);
		nr_region += region_of(&entities[i])->nr_pages;
		nr_guard++;
	}
	if (hdr->nr_region != nr_region || hdr->nr_guard != nr_guard)
		wrong("the header counts %llu pages in regions and %llu guards; there are %" PRIu64 " and %" PRIu64,
		      hdr->nr_region, hdr->nr_guard, nr_region, nr_guard);
	if (hdr->nr_high < nr_region)
		wrong("the header says that there never were more than %llu pages in regions", hdr->nr_high);
	if (nr_populated < hdr->nr_fixed + nr_region)
		wrong("no more than %" PRIu64 " pages are allocated", nr_populated);
}

static void print_number(const char *name, uint64_t value)
{
	printf("\"%s\": %" PRIu64 ", ", name, value);
}

static void print_checksum(const char *name, uint64_t value, const char *end)
{
	printf("\"%s\": \"%016" PRIx64 "\"%s", name, value, end);
}

static void print_entity(uint32_t nr)
{
	const struct entity *e = &entities[nr];

	printf("%s\n  { ", nr ? "," : "");
	print_number("entity", nr);
	print_number("parent", e->parent);
	print_number("cgroup_id", e->cgroup_id);
	print_number("generation", e->generation);
	print_number("sched", e->sched);
	print_number("vtime", e->machine.rival.vtime);
	if (e->region) {
		print_number("region", e->region);
		print_number("region_pages", region_of(e)->nr_pages);
		print_checksum("region_checksum", checksum(region_of(e), region_of(e)->nr_pages * POOL_PAGE), ", ");
	}
	print_checksum("checksum", checksum(e, sizeof(*e)), " }");
}

/* Page 0 and the header change when a group or a region comes or goes, and not otherwise; nor do slots that nobody has. */
static void print_pool(uint64_t nr_populated)
{
	uint64_t unused = 0, header = checksum((void *)POOL_BASE, POOL_PAGE + offsetof(struct pool_hdr, nr_places));

	for (uint32_t i = 0; i < hdr->nr_entities; i++)
		if (entities[i].state == ENTITY_FREE)
			unused = unused * 31 + checksum(&entities[i], sizeof(entities[i]));
	printf("{ ");
	print_number("nr_pages", hdr->nr_pages);
	print_number("nr_fixed", hdr->nr_fixed);
	print_number("nr_region", hdr->nr_region);
	print_number("nr_guard", hdr->nr_guard);
	print_number("nr_kernel", nr_populated - hdr->nr_fixed - hdr->nr_region);
	print_number("generation", hdr->generation);
	print_checksum("header_checksum", header, ", ");
	print_checksum("unused_checksum", unused, ", ");
	printf("\"entities\": [");
	for (uint32_t i = 0; i < hdr->nr_entities; i++)
		if (entities[i].state != ENTITY_FREE)
			print_entity(i);
	printf(" ] }\n");
}

static void touch(int fd, uint64_t addr)
{
	uint64_t before = populated(fd);

	(void)*(volatile char *)addr;
	if (populated(fd) != before + 1)
		wrong("the page at %#" PRIx64 " ought to be a guard, and is allocated", addr);
}

static void touch_guards(int fd)
{
	touch(fd, POOL_BASE + pool_head_pages(hdr->nr_cids) * POOL_PAGE);
	touch(fd, POOL_ENTITIES_ADDR + pool_table_pages(hdr->nr_pages) * POOL_PAGE);
	for (uint32_t i = 0; i < hdr->nr_entities; i++)
		if (entities[i].region)
			touch(fd, region_end(&entities[i]));
}

int main(int argc, char **argv)
{
	bool guards = argc == 2 && !strcmp(argv[1], "--touch-guards");
	struct bpf_map_info info = {};
	uint64_t nr_populated;
	void *pool;
	int fd;

	if (argc != 1 + guards)
		errx(2, "usage: poolcheck [--touch-guards]");
	fd = find_arena(&info);
	pool = mmap((void *)POOL_BASE, info.max_entries * POOL_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	if (pool == MAP_FAILED)
		err(EXIT_FAILURE, "can't map the arena");
	nr_populated = populated(fd);
	check_pool(&info, nr_populated);
	if (guards)
		touch_guards(fd);
	else
		print_pool(nr_populated);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
