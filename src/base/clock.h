/* clock.h - the time of day, and a clock that tests can move
 *
 * clock_now is seconds since 1970 and what every rule of the petition is
 * reckoned by.  When the environment names a file in UNDERSIGNED_CLOCK as the
 * process starts, the decimal number in it is added, re-read at each call, so
 * that a test lets a fortnight pass in no time.  clock_tick only ever goes
 * forward and is for deadlines of connections and processes.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX
#define CLOCK_HOUR 3600
#define CLOCK_DAY 86400

/* Before the sandbox: opens the file, if there is one. */
void clock_open(void);
int clock_is_moved(void);               /* there is one: a line for the log */

int64_t clock_now(void);                /* seconds, UTC */
int64_t clock_tick(void);               /* milliseconds, monotonic */
int32_t clock_day(int64_t when);        /* days since 1970, UTC */

/* "2026-11-23" and "Mon, 23 Nov 2026 20:10:00 +0000" (RFC 5322 section 3.3).
 * OUT holds at least 11 and 32 bytes. */
void clock_date(int32_t day, char out[11]);
void clock_mail_date(int64_t when, char out[32]);

/* "2026-11-23" and nothing else, from 1970-01-02 to 9999-12-31; 0 when it is
 * no such day. */
int clock_parse_date(const char *, int32_t *day_out);

#endif
