// SPDX-License-Identifier: GPL-2.0
/* pin-record PATH KEY=VALUE...: pin a record as loader/tree/record.h describes it, in a map as loader/object/blob.h does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

int main(int argc, char **argv)
{
	size_t size = 0;
	char *text;
	int fd;

	for (int i = 2; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = size ? malloc(size) : NULL;
	if (!text)
		return 2;
	size = 0;
	for (int i = 2; i < argc; i++)
		size += sprintf(text + size, "%s", argv[i]) + 1;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "scx_record", sizeof(int), size, 1, NULL);
	if (fd < 0 || bpf_map_update_elem(fd, &(int){ 0 }, text, BPF_ANY) || bpf_obj_pin(fd, argv[1])) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
