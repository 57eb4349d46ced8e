/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kmsg.h: what the kernel says, in its log only, when it refuses a scheduler.
 */
#ifndef SCX_LOADER_KMSG_H
#define SCX_LOADER_KMSG_H

/* Listen from here on: a file descriptor, or -errno: who may not read the log hears nothing. */
int kmsg_listen(void);
void kmsg_close(int *fd);

/* What sched_ext has said since, each line behind "\n    ", as of bpf_log_tail(); "": nothing, or nobody listened. To be freed. */
char *kmsg_said(int fd);

#endif
