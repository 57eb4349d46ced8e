// SPDX-License-Identifier: GPL-2.0
/*
 * object_find.c: scheduler objects on the search path, by name.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file/config.h"
#include "object.h"
#include "text.h"

#define SUFFIX	".bpf.o"

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

const char *object_search_path(void)
{
	return getenv("SCX_LOADER_PATH") ?: SCHED_DIR;
}

static const char *file_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool is_object(const char *file)
{
	size_t len = strlen(file);

	return len > strlen(SUFFIX) && !strcmp(file + len - strlen(SUFFIX), SUFFIX);
}

static bool list_has(char *const *list, size_t nr, const char *file)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(file_name(list[i]), file))
			return true;
	return false;
}

static void list_add(char ***list, size_t *nr, char *path)
{
	*list = mem(reallocarray(*list, *nr + 2, sizeof(**list)));
	(*list)[(*nr)++] = path;
	(*list)[*nr] = NULL;
}

/* Add a folder's objects; those of a name that an earlier folder had stay out. */
static void list_folder(char ***list, size_t *nr, const char *folder)
{
	_cleanup_(closedirp) DIR *dir = opendir(folder);
	size_t nr_earlier = *nr;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_object(entry->d_name) && !list_has(*list, nr_earlier, entry->d_name))
			list_add(list, nr, text_of("%s/%s", folder, entry->d_name));
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(file_name(*(char *const *)a), file_name(*(char *const *)b));
}

char **object_list(const char *search_path)
{
	_cleanup_(freep) char *folders = copy_text(search_path);
	char **list = mem(calloc(1, sizeof(*list)));
	char *rest = folders, *folder;
	size_t nr = 0;

	while ((folder = strsep(&rest, ":")))
		if (*folder)
			list_folder(&list, &nr, folder);
	qsort(list, nr, sizeof(*list), compare_files);
	return list;
}

void object_list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* Say that there is none, and which was probably meant. */
static void refuse_name(const char *sched, const char *search_path, char **list, const char *where, unsigned int line,
			struct problems *ps)
{
	const char *near;

	for (char **path = list; *path; path++) {
		const char *file = file_name(*path);
		size_t len = strlen(file) - strlen(SUFFIX);

		memmove(*path, file, len);
		(*path)[len] = '\0';
	}
	near = config_suggest(sched, (const char *const *)list);
	problem_add(ps, where, line, "'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look",
		    "no scheduler '%s' in '%s'%s%s%s", sched, search_path, near ? "; did you mean '" : "", near ?: "",
		    near ? "'?" : "");
}

int object_find(const char *sched, const char *search_path, const char *where, unsigned int line, char **ret,
		struct problems *ps)
{
	_cleanup_(object_list_freep) char **list = NULL;
	_cleanup_(freep) char *file = NULL;

	if (strchr(sched, '/')) {
		*ret = copy_text(sched);
		return 0;
	}
	file = text_of("%s" SUFFIX, sched);
	list = object_list(search_path);
	for (char **path = list; *path; path++) {
		if (!strcmp(file_name(*path), file)) {
			*ret = copy_text(*path);
			return 0;
		}
	}
	refuse_name(sched, search_path, list, where, line, ps);
	return -ENOENT;
}
