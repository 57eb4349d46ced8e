// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "exit.h"
#include "text.h"

void exit_record_clear(struct exit_record *e)
{
	free(e->reason);
	free(e->msg);
	*e = (struct exit_record){};
}

void exit_record_set(struct exit_record *e, int kind, int64_t code, const char *reason)
{
	*e = (struct exit_record){ kind, code, copy_text(reason), copy_text("") };
	text_mend(e->reason);
}

char *exit_record_text(const struct exit_record *e)
{
	char code[32] = "";

	if (e->code)
		snprintf(code, sizeof(code), " (%" PRId64 ")", e->code);
	return text_of("%s%s%s%s", e->reason, code, *e->msg ? ": " : "", e->msg);
}
