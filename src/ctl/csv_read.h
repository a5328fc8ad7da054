/* csv_read.h - a CSV file that people made with a spreadsheet
 *
 * RFC 4180, and what spreadsheets do to it: a byte order mark, LF or CRLF, and
 * semicolons or tabs where a comma is the decimal sign (whichever the first line
 * has most of outside of quotes).  UTF-8 only: a file in another charset is
 * refused with the line where that shows, for names would be garbled.
 */
#ifndef CTL_CSV_READ_H
#define CTL_CSV_READ_H

#include <stddef.h>

#include "base/status.h"

struct csv_read;

#define CSV_CELLS 64            /* of a row; more are a mistake */

/* Reads FILE whole ("-": standard input), at most 64 MiB. */
enum status csv_read_open(struct csv_read **out, const char *file,
    struct reason *) MUST_CHECK;
void csv_read_close(struct csv_read **);        /* wipes what was read */

/* The next row that is not empty: cells end with NUL and are the reader's, until
 * it is closed.  NOT_FOUND at the end; INVALID for a quote that never ends or a
 * row with too many cells. */
enum status csv_read_row(struct csv_read *, char *cells[CSV_CELLS],
    size_t *count_out, struct reason *) MUST_CHECK;
int csv_read_line(const struct csv_read *);     /* where that row began */
size_t csv_read_size(const struct csv_read *);  /* octets of the file, */
size_t csv_read_at(const struct csv_read *);    /* and how many are read */

#endif
