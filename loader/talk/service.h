/* SPDX-License-Identifier: GPL-2.0 */
/*
 * service.h: what the service manager is told, in the words of sd_notify(3): what `systemctl status` then shows, when units
 * that come after may start, and that the loader is alive. Where there is no service manager nothing happens.
 */
#ifndef SCX_LOADER_SERVICE_H
#define SCX_LOADER_SERVICE_H

#include "tree/tree.h"

/* The tree is up. From now on, and not before, the service manager's watchdog is fed: by @loop, and service_progress(). */
void service_ready(struct tree *t, sd_event *loop);

/* Tell which schedulers are attached, if that has changed. */
void service_status(const struct tree *t);

/*
 * A step is done, of many that may take their time before the loop is back: starting, stopping, reloading. On a busy machine
 * each program that the verifier looks at is one. So neither the watchdog nor a time-out ends what gets on.
 */
void service_progress(void);

/* tree_reload(), with the service manager told when it begins and ends. */
int service_reload(struct tree *t, bool dry_run, char ***ret_steps, struct problems *ps);

/* The tree is about to be taken down. */
void service_stopping(void);

#endif
