// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob.h"
#include "image.h"

static struct image *images;

/* Takes the bytes. */
static int image_get(void *bytes, size_t size, struct image **ret)
{
	struct image *img = images;

	while (img && (img->size != size || memcmp(img->bytes, bytes, size)))
		img = img->next;
	if (img) {
		free(bytes);
	} else {
		img = calloc(1, sizeof(*img));
		if (!img) {
			free(bytes);
			return -ENOMEM;
		}
		*img = (struct image){ .bytes = bytes, .size = size, .map_fd = -1, .next = images };
		images = img;
	}
	img->nr_users++;
	*ret = img;
	return 0;
}

static int read_all(int fd, char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, bytes + done, size - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -EIO;	/* it became shorter */
		done += n > 0 ? n : 0;
	}
	return 0;
}

int image_read(const char *path, struct image **ret)
{
	_cleanup_(freep) char *bytes = NULL;
	struct stat st;
	size_t size;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) ? -errno : 0;
	size = !r && S_ISREG(st.st_mode) ? st.st_size : 0;
	r = !r && size > IMAGE_MAX_BYTES ? -EFBIG : r;
	bytes = r ? NULL : malloc(size ?: 1);
	if (!r)
		r = bytes ? read_all(fd, bytes, size) : -ENOMEM;
	close(fd);
	return r ?: image_get(take_ptr(bytes), size, ret);
}

int image_of_map(int fd, struct image **ret)
{
	void *bytes;
	size_t size;
	int r = blob_read(fd, &bytes, &size);

	return r ?: image_get(bytes, size, ret);
}

int image_map(struct image *img)
{
	if (img->map_fd < 0)
		img->map_fd = blob_make("scx_object", img->bytes, img->size);
	return img->map_fd;
}

void image_put(struct image *img)
{
	struct image **at = &images;

	if (!img || --img->nr_users)
		return;
	while (*at != img)
		at = &(*at)->next;
	*at = img->next;
	if (img->map_fd >= 0)
		close(img->map_fd);
	free(img->bytes);
	free(img);
}
