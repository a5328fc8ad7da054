/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "message/report.h"

const char *
report_kind_text(enum report_kind kind)
{
	static const char *const texts[REPORT_KIND_COUNT_] = {
		[REPORT_NONE] = "none",
		[REPORT_DELIVERED] = "delivered",
		[REPORT_DELAYED] = "delayed",
		[REPORT_FAILED] = "failed",
		[REPORT_COMPLAINT] = "complaint",
	};

	return kind < REPORT_KIND_COUNT_ ? texts[kind] : "unknown";
}

const char *
fate_text(enum fate fate)
{
	static const char *const texts[FATE_COUNT_] = {
		[FATE_NONE] = "none",
		[FATE_DELAYED] = "delayed",
		[FATE_SOFT] = "soft",
		[FATE_FAULT] = "fault",
		[FATE_HARD] = "hard",
	};

	return fate < FATE_COUNT_ ? texts[fate] : "unknown";
}
