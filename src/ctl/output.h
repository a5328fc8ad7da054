/* output.h - tables for people, CSV for spreadsheets, JSON for programs
 *
 * Tables are aligned by how wide characters are on a terminal.  CSV is RFC
 * 4180: CRLF, quotes where needed.  A cell that a spreadsheet would run as a
 * formula gets an apostrophe before it; so does what follows a semicolon, a
 * tab or a line end within a cell, since spreadsheets of half of Europe part
 * cells at semicolons whatever the quotes say.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

struct buf;
struct table;

/* HEADS is NULL-ended and borrowed; ALIGN has 'l' or 'r' for each. */
struct table *table_new(const char *const *heads, const char *align);
void table_cell(struct table *, const char *text);      /* copied */
void table_number(struct table *, int64_t);
void table_print(struct table *, FILE *);
void table_free(struct table **);

size_t text_columns(const char *);      /* on a terminal */

/* One cell; a comma goes before it unless it is the first of its row. */
void csv_cell(struct buf *, const char *);
void csv_number(struct buf *, int64_t);
void csv_end(struct buf *);             /* CRLF */

void json_string(FILE *, const char *);

/* 1234567 as "1,234,567"; OUT holds 32 bytes. */
const char *count_text(int64_t, char *out);
/* What follows the number N: ONE after 1, else MANY. */
const char *count_words(int64_t n, const char *one, const char *many);

/* ---- progress: rows, rate, time left; on a terminal only ------------------- */

struct progress {
	const char *what;       /* "rows" */
	int64_t total, done;
	int64_t begun, shown;   /* clock_tick */
	int on;
};

/* Shown on standard error when that is a terminal, unless the result itself
 * goes to a terminal (RESULT_FD, -1: to a file). */
void progress_begin(struct progress *, const char *what, int64_t total,
    int result_fd);
void progress_at(struct progress *, int64_t done);
void progress_end(struct progress *);

#endif
