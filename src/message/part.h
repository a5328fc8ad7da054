/* part.h - the parts of a MIME message, and the one a person reads
 *
 * Walks the multiparts by their delimiter lines alone, each level within the
 * bounds of the one above.  No copies: a part points into the message.  At
 * most 100 levels and 1000 parts; what is deeper or more is left out, so the
 * work is linear in the size.  What is in a message/rfc822 part is another
 * mail's and is not looked into.
 */
#ifndef MESSAGE_PART_H
#define MESSAGE_PART_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct charsets;
struct fields;

#define PART_DEPTH 100
#define PART_COUNT 1000
#define PART_TEXT (256 * 1024)  /* octets decoded */

/* What Content-Type, -Transfer-Encoding and -Disposition say; lower case
 * except the boundary. */
struct content {
	char type[32], subtype[64];
	char charset[40];       /* "" when none is said */
	char boundary[256];
	char report_type[40];
	char encoding[24];
	bool flowed, delsp;     /* RFC 3676 */
	bool attachment;        /* Content-Disposition: attachment */
	bool named;             /* has a file name */
	/* The name, RFC 2231 undone and RFC 2047 not, in whatever charset; of a
	 * long one the end.  Good for telling what the file is, never a path. */
	char name[256];
	int name_rank;          /* of where it was said; see part.c */
};

struct part {
	struct content content;
	const char *bytes;
	size_t len;
	bool found;
};

/* FIELDS of the message or of a part. */
void content_read(struct content *, const struct fields *);
bool content_is(const struct content *, const char *type, const char *subtype);

/* The part to read, ->found false when there is none; CONTENT is that of the
 * message.  RICH, when not NULL, is the same text in HTML, where the mail has it
 * beside a plain one.  ATTACHMENTS, when not NULL, counts the leaves that are not text to
 * be read, which makes the walk go through all of the message. */
void part_find_text(struct part *out, struct part *rich, const struct content *,
    const char *body, size_t len, size_t *attachments);

/* The text of what staff post, and the files beside it whose names end in .md,
 * in their order, which are not the text even where they are shown with it; at
 * most ROOM of them.  Gives how many there are. */
size_t part_find_post(struct part *out, struct part *files, size_t room,
    struct charsets *, const struct content *, const char *body, size_t len);

/* The name of such a file for people to read; appends UTF-8, not cleaned. */
void part_name(const struct content *, struct charsets *, struct buf *out);

/* All that is no multipart, in its order, at most ROOM; gives how many. */
size_t part_leaves(struct part *out, size_t room, const struct content *,
    const char *body, size_t len);

/* The first part of this type directly within the message, for reports. */
void part_find(struct part *out, const struct content *, const char *body,
    size_t len, const char *type, const char *subtype);

/* Transfer encoding and charset undone; appends UTF-8, CR taken out. */
void part_decode(const struct part *, struct charsets *, struct buf *out);

#endif
