// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	struct exit_record r = { kind, code, strdup(reason), strdup("") };

	if (!r.reason || !r.msg) {
		exit_record_clear(&r);
		return;
	}
	text_mend(r.reason);
	*e = r;
}

char *exit_record_text(const struct exit_record *e)
{
	char code[32] = "", *text;

	if (e->code)
		snprintf(code, sizeof(code), " (%" PRId64 ")", e->code);
	return asprintf(&text, "%s%s%s%s", e->reason, code, *e->msg ? ": " : "", e->msg) < 0 ? NULL : text;
}
