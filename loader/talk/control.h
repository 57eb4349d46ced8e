/* SPDX-License-Identifier: GPL-2.0 */
/*
 * control.h: the control socket of a running loader: a Varlink server on its event loop.
 *
 * Who holds the lock beside the socket is the loader. The kernel lets go of the lock when the process ends, however it
 * ends, so a socket that a crash left behind is known as such and two loaders never both believe that they are the one.
 *
 * The socket is open to root and to a group: they may read. That is CONTROL_GROUP where there is one, and else the loader's. What changes the tree is for root only, by the peer's
 * uid.
 */
#ifndef SCX_LOADER_CONTROL_H
#define SCX_LOADER_CONTROL_H

#include <systemd/sd-event.h>

#include "tree/tree.h"

#define CONTROL_SOCKET	"/run/scx-loader/control"
#define CONTROL_GROUP	"scx-loader"

struct control;
struct journal;

/**
 * control_open - take the lock and make the socket; clients that connect wait until control_serve()
 * @path: absolute; its folder is made when it is missing
 *
 * Returns 0 or -errno with a problem: -EBUSY another loader holds it.
 */
int control_open(const char *path, struct control **ret, struct problems *ps);

/* Answer requests about @tree on @event. Returns 0 or -errno. */
int control_serve(struct control *c, sd_event *event, struct tree *tree);

/* Answer Log from it; it outlives the serving. */
void control_show_journal(struct control *c, const struct journal *journal);

/* Remove the socket, then let go of the lock: to be called after the tree has ended. NULL is fine. */
void control_close(struct control *c);

#endif
