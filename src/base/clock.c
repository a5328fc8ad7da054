/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static int offset_fd = -1;

void
clock_open(void)
{
	const char *path = getenv("UNDERSIGNED_CLOCK");

	if (path == NULL || offset_fd >= 0)
		return;
	offset_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (offset_fd < 0)
		log_warn("cannot open the file UNDERSIGNED_CLOCK names");
}

int
clock_is_moved(void)
{
	return offset_fd >= 0;
}

static int64_t
offset(void)
{
	char text[32];
	ssize_t n;

	if (offset_fd < 0)
		return 0;
	n = pread(offset_fd, text, sizeof text - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

int64_t
clock_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec + offset();
}

int64_t
clock_tick(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int32_t
clock_day(int64_t when)
{
	int64_t day = when / CLOCK_DAY;

	if (when % CLOCK_DAY < 0)
		day--;
	return (int32_t)day;
}

static struct tm
broken_down(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = { 0 };

	(void)gmtime_r(&t, &tm);
	return tm;
}

void
clock_date(int32_t day, char out[11])
{
	struct tm tm = broken_down((int64_t)day * CLOCK_DAY);

	if (strftime(out, 11, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
}

/* Not strftime: its names of days and months follow the locale. */
void
clock_mail_date(int64_t when, char out[32])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = broken_down(when);

	(void)snprintf(out, 32, "%.3s, %02u %.3s %04u %02u:%02u:%02u +0000",
	    days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100,
	    months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100);
}

int
clock_parse_date(const char *text, int32_t *day_out)
{
	char again[11];
	struct tm tm = { 0 };
	int32_t day;

	if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d", &tm.tm_year,
	    &tm.tm_mon, &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	day = clock_day((int64_t)timegm(&tm));
	if (day <= 0)
		return 0;
	clock_date(day, again);
	if (strcmp(again, text) != 0)   /* 2026-02-30, +26-1-001 */
		return 0;
	*day_out = day;
	return 1;
}
