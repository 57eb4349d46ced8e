/* SPDX-License-Identifier: GPL-2.0 */
/*
 * interface.h: the Varlink interface org.scxtree.Loader: what the control socket answers, and what `varlinkctl
 * introspect` tells about it. control.c is its server, client.c its client.
 */
#ifndef SCX_LOADER_INTERFACE_H
#define SCX_LOADER_INTERFACE_H

#include <systemd/sd-varlink.h>

#define LOADER_INTERFACE	"org.scxtree.Loader"

#define METHOD_STATUS		LOADER_INTERFACE ".Status"
#define METHOD_ATTACH		LOADER_INTERFACE ".Attach"
#define METHOD_DETACH		LOADER_INTERFACE ".Detach"
#define METHOD_RELOAD		LOADER_INTERFACE ".Reload"
#define METHOD_SET		LOADER_INTERFACE ".Set"
#define METHOD_LOG		LOADER_INTERFACE ".Log"
#define METHOD_METRICS		LOADER_INTERFACE ".Metrics"
#define METHOD_STOP		LOADER_INTERFACE ".Stop"
#define ERROR_REFUSED		LOADER_INTERFACE ".Refused"

extern const sd_varlink_interface vl_interface_loader;

#endif
