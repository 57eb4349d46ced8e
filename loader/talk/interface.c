// SPDX-License-Identifier: GPL-2.0
/*
 * interface.c: the definition of org.scxtree.Loader, from which libsystemd checks what clients send and answers
 * introspection. The fields of Node and Group come from fields.h, those of Pool are those of struct pool_status.
 */
#include "interface.h"
#include "tree/fields.h"

/* clang-format off */

#define COMMENT(text)		SD_VARLINK_FIELD_COMMENT(text)
#define INT(name)		SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_INT, 0)
#define STRING(name)		SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_STRING, 0)
#define NULLABLE_STRING(name)	SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_STRING, SD_VARLINK_NULLABLE)

/* The kinds of fields.h */
#define TYPE_TEXT		STRING
#define TYPE_NULLABLE		NULLABLE_STRING
#define TYPE_NUMBER		INT
#define TYPE_FLAG(name)		SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_BOOL, 0)
#define TYPE_STATE(name)	SD_VARLINK_DEFINE_FIELD_BY_TYPE(name, State, 0)
#define TYPE_EXIT(name)		SD_VARLINK_DEFINE_FIELD_BY_TYPE(name, Exit, SD_VARLINK_NULLABLE)
#define TYPE_WAIT(name)		SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_INT, SD_VARLINK_NULLABLE)
#define TYPE_WAITS(name)	SD_VARLINK_DEFINE_FIELD(name, SD_VARLINK_INT, SD_VARLINK_ARRAY)

#define TYPE_FIELD(kind, type, name)	TYPE_##kind(name),
#define TYPE_NOTE(text)			COMMENT(text),

static SD_VARLINK_DEFINE_ENUM_TYPE(State,
	COMMENT("Checked, and not attached yet"),
	SD_VARLINK_DEFINE_ENUM_VALUE(opened),
	COMMENT("Its cgroup is not there, or the node above waits: it is attached when it can be"),
	SD_VARLINK_DEFINE_ENUM_VALUE(waiting),
	COMMENT("Its scheduler schedules its tasks"),
	SD_VARLINK_DEFINE_ENUM_VALUE(attached),
	COMMENT("Could not attach; its tasks are its parent's"),
	SD_VARLINK_DEFINE_ENUM_VALUE(failed),
	COMMENT("Attached once and ended; its tasks are its parent's"),
	SD_VARLINK_DEFINE_ENUM_VALUE(exited),
	COMMENT("The same, and does not come back by itself: it failed too often, or somebody ended it"),
	SD_VARLINK_DEFINE_ENUM_VALUE(left));

static SD_VARLINK_DEFINE_STRUCT_TYPE(Exit,
	COMMENT("The kernel's enum scx_exit_kind; -1: it keeps no record and the kernel did not tell"),
	INT(kind),
	INT(code),
	NULLABLE_STRING(reason),
	NULLABLE_STRING(msg));

static const sd_varlink_symbol vl_type_Node = {
	.name = "Node",
	.symbol_type = SD_VARLINK_STRUCT_TYPE,
	.fields = { NODE_FIELDS(TYPE_NOTE, TYPE_FIELD) {} },
};

static const sd_varlink_symbol vl_type_Group = {
	.name = "Group",
	.symbol_type = SD_VARLINK_STRUCT_TYPE,
	.fields = { GROUP_FIELDS(TYPE_NOTE, TYPE_FIELD) {} },
};

static SD_VARLINK_DEFINE_STRUCT_TYPE(File,
	STRING(path),
	COMMENT("Why it can't be read, null when it can"),
	NULLABLE_STRING(problem),
	COMMENT("What Reload would do"),
	SD_VARLINK_DEFINE_FIELD(differences, SD_VARLINK_STRING, SD_VARLINK_ARRAY));

static SD_VARLINK_DEFINE_STRUCT_TYPE(Pool,
	COMMENT("Pages of the arena; before the first region; in regions; guards"),
	INT(nr_pages),
	INT(nr_fixed),
	INT(nr_region),
	INT(nr_guard),
	COMMENT("The most pages that regions ever held"),
	INT(nr_high),
	COMMENT("Pages that the kernel's own pool in the arena holds"),
	INT(nr_kernel));

static SD_VARLINK_DEFINE_STRUCT_TYPE(Problem,
	COMMENT("File and line, when it is about one"),
	NULLABLE_STRING(where),
	STRING(text),
	COMMENT("What can be done about it"),
	NULLABLE_STRING(hint));

static SD_VARLINK_DEFINE_METHOD(Status,
	COMMENT("The hierarchy file as it is now, against the tree"),
	SD_VARLINK_DEFINE_OUTPUT_BY_TYPE(file, File, 0),
	SD_VARLINK_DEFINE_OUTPUT_BY_TYPE(pool, Pool, 0),
	COMMENT("CPUs that are on"),
	SD_VARLINK_DEFINE_OUTPUT(nr_online, SD_VARLINK_INT, 0),
	COMMENT("Root first, then parents before their children"),
	SD_VARLINK_DEFINE_OUTPUT_BY_TYPE(nodes, Node, SD_VARLINK_ARRAY),
	COMMENT("Cgroups that are no node's and have a cpu.max"),
	SD_VARLINK_DEFINE_OUTPUT_BY_TYPE(groups, Group, SD_VARLINK_ARRAY));

static SD_VARLINK_DEFINE_METHOD(Attach,
	SD_VARLINK_DEFINE_INPUT(cgroup, SD_VARLINK_STRING, 0),
	COMMENT("A name on the loader's search path, or an absolute path to an object"),
	SD_VARLINK_DEFINE_INPUT(sched, SD_VARLINK_STRING, 0),
	COMMENT("Which of the file descriptors that come with the call is the object's file; the path is then only told"),
	SD_VARLINK_DEFINE_INPUT(object, SD_VARLINK_INT, SD_VARLINK_NULLABLE),
	COMMENT("KEY=VALUE, as the keys of a section in a hierarchy file"),
	SD_VARLINK_DEFINE_INPUT(options, SD_VARLINK_STRING, SD_VARLINK_ARRAY | SD_VARLINK_NULLABLE));

static SD_VARLINK_DEFINE_METHOD(Detach,
	SD_VARLINK_DEFINE_INPUT(cgroup, SD_VARLINK_STRING, 0));

static SD_VARLINK_DEFINE_METHOD(Reload,
	COMMENT("Only find out what would be done"),
	SD_VARLINK_DEFINE_INPUT(dry_run, SD_VARLINK_BOOL, SD_VARLINK_NULLABLE),
	COMMENT("What was done, or would be, in this order"),
	SD_VARLINK_DEFINE_OUTPUT(steps, SD_VARLINK_STRING, SD_VARLINK_ARRAY));

static SD_VARLINK_DEFINE_METHOD(Set,
	COMMENT("The section of the hierarchy file; 'root' for [root]"),
	SD_VARLINK_DEFINE_INPUT(node, SD_VARLINK_STRING, 0),
	COMMENT("KEY=VALUE, as the keys of its section"),
	SD_VARLINK_DEFINE_INPUT(settings, SD_VARLINK_STRING, SD_VARLINK_ARRAY),
	COMMENT("Only find out what would be done"),
	SD_VARLINK_DEFINE_INPUT(dry_run, SD_VARLINK_BOOL, SD_VARLINK_NULLABLE),
	COMMENT("What was done, or would be, in this order"),
	SD_VARLINK_DEFINE_OUTPUT(steps, SD_VARLINK_STRING, SD_VARLINK_ARRAY));

static SD_VARLINK_DEFINE_ENUM_TYPE(EventKind,
	SD_VARLINK_DEFINE_ENUM_VALUE(other),
	SD_VARLINK_DEFINE_ENUM_VALUE(attached),
	COMMENT("With the kernel's reason"),
	SD_VARLINK_DEFINE_ENUM_VALUE(ended),
	COMMENT("To be attached again"),
	SD_VARLINK_DEFINE_ENUM_VALUE(waits),
	COMMENT("Is not attached again"),
	SD_VARLINK_DEFINE_ENUM_VALUE(left),
	COMMENT("Could not be attached"),
	SD_VARLINK_DEFINE_ENUM_VALUE(failed),
	SD_VARLINK_DEFINE_ENUM_VALUE(detached),
	COMMENT("In place"),
	SD_VARLINK_DEFINE_ENUM_VALUE(changed));

static SD_VARLINK_DEFINE_STRUCT_TYPE(Event,
	COMMENT("Microseconds since 1970"),
	INT(time_us),
	COMMENT("Null for what is about the tree as a whole"),
	NULLABLE_STRING(node),
	SD_VARLINK_DEFINE_FIELD_BY_TYPE(event, EventKind, 0),
	COMMENT("A line for the user"),
	STRING(text),
	COMMENT("The file with what the kernel wrote about a scheduler that failed"),
	NULLABLE_STRING(dump));

static SD_VARLINK_DEFINE_METHOD(Log,
	COMMENT("Only what happened to this node, which need not be in the tree any more; null: everything"),
	SD_VARLINK_DEFINE_INPUT(node, SD_VARLINK_STRING, SD_VARLINK_NULLABLE),
	COMMENT("Only what happened from then on, microseconds since 1970"),
	SD_VARLINK_DEFINE_INPUT(since_us, SD_VARLINK_INT, SD_VARLINK_NULLABLE),
	COMMENT("The oldest first"),
	SD_VARLINK_DEFINE_OUTPUT_BY_TYPE(events, Event, SD_VARLINK_ARRAY));

static SD_VARLINK_DEFINE_METHOD(Metrics,
	COMMENT("OpenMetrics, with its '# EOF'"),
	SD_VARLINK_DEFINE_OUTPUT(text, SD_VARLINK_STRING, 0));

static SD_VARLINK_DEFINE_METHOD(Stop,
	COMMENT("End the loader only: the tree runs on, and the next one adopts it"),
	SD_VARLINK_DEFINE_INPUT(keep, SD_VARLINK_BOOL, SD_VARLINK_NULLABLE));

static SD_VARLINK_DEFINE_ERROR(Refused,
	SD_VARLINK_DEFINE_FIELD_BY_TYPE(problems, Problem, SD_VARLINK_ARRAY));

SD_VARLINK_DEFINE_INTERFACE(loader, LOADER_INTERFACE,
	SD_VARLINK_INTERFACE_COMMENT("The tree of sched_ext schedulers that a running scx-loader keeps"),
	SD_VARLINK_SYMBOL_COMMENT("What every scheduler does and gets, and the pool that they share"),
	&vl_method_Status,
	SD_VARLINK_SYMBOL_COMMENT("Attach a scheduler to a cgroup; only for root"),
	&vl_method_Attach,
	SD_VARLINK_SYMBOL_COMMENT("Detach the scheduler of a cgroup; only for root"),
	&vl_method_Detach,
	SD_VARLINK_SYMBOL_COMMENT("Read the hierarchy file again and make the tree what it says; only for root"),
	&vl_method_Reload,
	SD_VARLINK_SYMBOL_COMMENT("Change keys of a node as if its section said so; only for root"),
	&vl_method_Set,
	SD_VARLINK_SYMBOL_COMMENT("What happened of late, over the ends of loaders"),
	&vl_method_Log,
	SD_VARLINK_SYMBOL_COMMENT("What Status tells, for Prometheus and its like"),
	&vl_method_Metrics,
	&vl_type_EventKind,
	&vl_type_Event,
	SD_VARLINK_SYMBOL_COMMENT("Take the tree down, or leave it to the next loader, and end this one; only for root"),
	&vl_method_Stop,
	&vl_type_State,
	&vl_type_Exit,
	&vl_type_Node,
	&vl_type_Group,
	&vl_type_File,
	&vl_type_Pool,
	&vl_type_Problem,
	SD_VARLINK_SYMBOL_COMMENT("Why it could not be done: everything that is wrong"),
	&vl_error_Refused);
