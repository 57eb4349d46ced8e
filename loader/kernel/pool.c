// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "object/object.h"
#include "pool.h"

/* Run one of root's syscall programs; its arguments are changed in place. */
static int pool_run(int prog_fd, void *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);

	return prog_fd < 0 ? -ENOENT : bpf_prog_test_run_opts(prog_fd, &opts);
}

int pool_nr_cids(void)
{
	return libbpf_num_possible_cpus();
}

int pool_open(const struct object *root, struct pool *ret)
{
	const struct bpf_program *init = bpf_object__find_program_by_name(root->bpf, "pool_init");
	struct pool_init_args args = {};
	int nr_cids = pool_nr_cids(), r;

	if (nr_cids < 0)
		return nr_cids;
	args.nr_cids = nr_cids;
	args.nr_pages = bpf_map__max_entries(root->arena);
	r = pool_run(init ? bpf_program__fd(init) : -1, &args, sizeof(args));
	if (r < 0)
		return r;
	if (args.err)
		return args.err;
	*ret = (struct pool){
		.root = root,
		.nr_cids = args.nr_cids,
		.nr_pages = args.nr_pages,
	};
	return 0;
}

int pool_adopt(const struct object *root, struct pool *ret)
{
	struct bpf_map_info info = {};
	const struct pool_hdr *hdr = pool_hdr();
	int fd = root->part[PART_ARENA];
	void *base = (void *)POOL_BASE;
	__u32 len = sizeof(info);
	size_t size;

	if (bpf_map_get_info_by_fd(fd, &info, &len))
		return -errno;
	/* the kernel wants the arena mapped whole, and at one address */
	size = info.max_entries * POOL_PAGE;
	if (mmap(base, size, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == MAP_FAILED)
		return -errno;
	if (hdr->magic != POOL_MAGIC || hdr->version != POOL_VERSION || hdr->nr_pages != info.max_entries ||
	    hdr->nr_entities > pool_nr_entities(hdr->nr_pages) || hdr->nr_cids > POOL_MAX_CIDS) {
		munmap(base, size);
		return -EPROTO;
	}
	*ret = (struct pool){ .root = root, .nr_cids = hdr->nr_cids, .nr_pages = hdr->nr_pages };
	return 0;
}

int pool_alloc(const struct pool *pool, const struct pool_request *req, uint32_t *ret_entity, uint64_t *ret_region)
{
	struct pool_alloc_args args = {
		.cgroup_id = req->cgroup_id,
		.parent = req->parent,
		.weight = req->weight,
		.policy_bytes = req->policy_bytes,
		.ctx_bytes = req->ctx_bytes,
		.max_tasks = req->max_tasks,
		.foreign = req->foreign,
	};
	int r = pool_run(pool->root->part[PART_REGION_ALLOC], &args, sizeof(args));

	if (r < 0)
		return r;
	if (args.err)
		return args.err;
	*ret_entity = args.entity;
	*ret_region = args.region;
	return 0;
}

bool pool_has_node(const struct pool_hdr *hdr, const struct entity *entities, uint32_t nr, uint64_t cgroup_id,
		   uint64_t region)
{
	const uint64_t first = pool_first_region(hdr->nr_pages), end = POOL_BASE + hdr->nr_pages * POOL_PAGE;

	return nr >= ENTITY_FIRST && nr < hdr->nr_entities && entities[nr].cgroup_id == cgroup_id &&
	       entities[nr].region == region && region >= first && region < end && region % POOL_PAGE == 0;
}

int pool_own(const struct pool *pool, uint32_t entity, const struct cid_set *cids)
{
	struct pool_own_args args = { .entity = entity };
	int r;

	while (cid_set_next_range(cids, &args.first, &args.end)) {
		r = pool_run(pool->root->part[PART_CIDS_OWN], &args, sizeof(args));
		if (r < 0 || args.err)
			return r ?: args.err;
	}
	return 0;
}

int pool_bar(const struct pool *pool, uint32_t entity, bool barred)
{
	struct pool_bar_args args = { .entity = entity, .barred = barred };
	int r = pool_run(pool->root->part[PART_CIDS_BAR], &args, sizeof(args));

	return r < 0 ? r : args.err;
}

int pool_free(const struct pool *pool, uint32_t entity)
{
	struct pool_free_args args = { .entity = entity };
	int r = pool_run(pool->root->part[PART_REGION_FREE], &args, sizeof(args));

	return r < 0 ? r : args.err;
}

/* Pages of the arena that are populated, by its own account; 0 when the kernel does not tell. */
static uint64_t pool_populated(int map_fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map_fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	fclose(f);
	return bytes / POOL_PAGE;
}

void pool_read(const struct pool *pool, struct pool_status *ret)
{
	const struct pool_hdr *hdr = pool_hdr();
	uint64_t populated = pool_populated(pool->root->part[PART_ARENA]);

	*ret = (struct pool_status){
		.nr_pages = hdr->nr_pages,
		.nr_fixed = hdr->nr_fixed,
		.nr_region = hdr->nr_region,
		.nr_guard = hdr->nr_guard,
		.nr_high = hdr->nr_high,
	};
	if (populated > hdr->nr_fixed + hdr->nr_region)
		ret->nr_kernel = populated - hdr->nr_fixed - hdr->nr_region;
}
